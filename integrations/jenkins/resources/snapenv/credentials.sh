# Puts SNAPENV_INDEX_USERNAME and SNAPENV_INDEX_PASSWORD into PIP_INDEX_URL. Builtins of the shell alone see them: other programs' arguments
# can be read by everybody on the machine. Without tracing, whatever the caller's shell does.
set +x
percent_encoded() (
    LC_ALL=C
    rest=$1
    while [ -n "$rest" ]; do
        byte=${rest%"${rest#?}"}
        rest=${rest#?}
        case $byte in
            [A-Za-z0-9._~-]) printf '%s' "$byte" ;;
            *) printf '%%%02X' "$(($(printf '%d' "'$byte") & 255))" ;;
        esac
    done
)
if [ -z "${PIP_INDEX_URL:-}" ]; then
    echo 'withSnapshotEnv: credentialsId needs index, or PIP_INDEX_URL in the environment' >&2
    exit 2
fi
index_scheme=${PIP_INDEX_URL%%://*}
index_rest=${PIP_INDEX_URL#*://}
index_host=${index_rest%%/*}
index_path=${index_rest#"$index_host"}
PIP_INDEX_URL="$index_scheme://$(percent_encoded "$SNAPENV_INDEX_USERNAME"):$(percent_encoded "$SNAPENV_INDEX_PASSWORD")@${index_host##*@}$index_path"
export PIP_INDEX_URL
