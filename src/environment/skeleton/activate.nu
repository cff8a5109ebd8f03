# For nushell: `overlay use bin/activate.nu`, and `deactivate` to leave.

export-env {
    let virtual_env = @VIRTUAL_ENV@
    let path_name = (if 'Path' in $env { 'Path' } else { 'PATH' })
    let new_path = ($env | get $path_name | prepend ([$virtual_env 'bin'] | path join))
    load-env {
        $path_name: $new_path
        VIRTUAL_ENV: $virtual_env
        VIRTUAL_ENV_PROMPT: @PROMPT@
    }
    hide-env -i PYTHONHOME
    if ($env.VIRTUAL_ENV_DISABLE_PROMPT? | is-empty) {
        let old_prompt = ($env.PROMPT_COMMAND? | default '')
        let prefix = @DRAWN@
        if ('closure' in ($old_prompt | describe)) {
            load-env { PROMPT_COMMAND: {|| $prefix + (do $old_prompt) } }
        } else {
            load-env { PROMPT_COMMAND: {|| $prefix + $old_prompt } }
        }
    }
}

export alias deactivate = overlay hide activate
