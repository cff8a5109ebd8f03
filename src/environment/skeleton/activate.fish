# For fish: `source bin/activate.fish`. Run as a program it changes nothing in your shell.

function deactivate --description 'Leave the Python virtual environment'
    if set -q _OLD_VIRTUAL_PATH
        set -gx PATH $_OLD_VIRTUAL_PATH
        set -e _OLD_VIRTUAL_PATH
    end
    if set -q _OLD_VIRTUAL_PYTHONHOME
        set -gx PYTHONHOME $_OLD_VIRTUAL_PYTHONHOME
        set -e _OLD_VIRTUAL_PYTHONHOME
    end
    if functions -q _snapenv_old_prompt
        functions -e fish_prompt
        functions -c _snapenv_old_prompt fish_prompt
        functions -e _snapenv_old_prompt _snapenv_status
    end
    set -e VIRTUAL_ENV
    set -e VIRTUAL_ENV_PROMPT
    if test "$argv[1]" != nondestructive
        functions -e deactivate
    end
end

# Leave the environment that is active now, if one is.
deactivate nondestructive

set -gx VIRTUAL_ENV @VIRTUAL_ENV@
set -gx VIRTUAL_ENV_PROMPT @PROMPT@

set -g _OLD_VIRTUAL_PATH $PATH
set -gx PATH "$VIRTUAL_ENV/bin" $PATH

if set -q PYTHONHOME
    set -g _OLD_VIRTUAL_PYTHONHOME $PYTHONHOME
    set -e PYTHONHOME
end

if test -z "$VIRTUAL_ENV_DISABLE_PROMPT"; and functions -q fish_prompt
    functions -c fish_prompt _snapenv_old_prompt

    function _snapenv_status
        return $argv[1]
    end

    function fish_prompt
        # The prompt below may show the status of the last command.
        set -l last $status
        printf '%s%s%s' (set_color 4B8BBE) @DRAWN@ (set_color normal)
        _snapenv_status $last
        _snapenv_old_prompt
    end
end
