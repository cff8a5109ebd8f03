# For csh and tcsh: `source bin/activate.csh`. Run as a program it changes nothing in your shell.

alias deactivate 'test $?_OLD_VIRTUAL_PATH != 0 && setenv PATH $_OLD_VIRTUAL_PATH:q && unset _OLD_VIRTUAL_PATH; test $?_OLD_VIRTUAL_PYTHONHOME != 0 && setenv PYTHONHOME $_OLD_VIRTUAL_PYTHONHOME:q && unset _OLD_VIRTUAL_PYTHONHOME; test $?_OLD_VIRTUAL_PROMPT != 0 && set prompt = $_OLD_VIRTUAL_PROMPT:q && unset _OLD_VIRTUAL_PROMPT; unsetenv VIRTUAL_ENV; unsetenv VIRTUAL_ENV_PROMPT; rehash; test "\!:*" != "nondestructive" && unalias deactivate'

# Leave the environment that is active now, if one is.
deactivate nondestructive

setenv VIRTUAL_ENV @VIRTUAL_ENV@
setenv VIRTUAL_ENV_PROMPT @PROMPT@

set _OLD_VIRTUAL_PATH = $PATH:q
setenv PATH @VIRTUAL_ENV@/bin:$PATH:q

if ($?PYTHONHOME) then
    set _OLD_VIRTUAL_PYTHONHOME = $PYTHONHOME:q
    unsetenv PYTHONHOME
endif

if ($?prompt && ! $?VIRTUAL_ENV_DISABLE_PROMPT) then
    set _OLD_VIRTUAL_PROMPT = $prompt:q
    set prompt = @DRAWN_PERCENT@$prompt:q
endif

rehash
