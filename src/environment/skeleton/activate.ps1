<#
.Synopsis
Activates this Python virtual environment in the current PowerShell session: `. bin/Activate.ps1`.
#>

function global:deactivate ([switch] $NonDestructive) {
    if (Test-Path Function:_OLD_VIRTUAL_PROMPT) {
        Copy-Item Function:_OLD_VIRTUAL_PROMPT Function:prompt
        Remove-Item Function:_OLD_VIRTUAL_PROMPT
    }
    if (Test-Path Env:_OLD_VIRTUAL_PYTHONHOME) {
        Copy-Item Env:_OLD_VIRTUAL_PYTHONHOME Env:PYTHONHOME
        Remove-Item Env:_OLD_VIRTUAL_PYTHONHOME
    }
    if (Test-Path Env:_OLD_VIRTUAL_PATH) {
        Copy-Item Env:_OLD_VIRTUAL_PATH Env:PATH
        Remove-Item Env:_OLD_VIRTUAL_PATH
    }
    foreach ($name in 'VIRTUAL_ENV', 'VIRTUAL_ENV_PROMPT') {
        if (Test-Path "Env:$name") {
            Remove-Item "Env:$name"
        }
    }
    if (-not $NonDestructive) {
        Remove-Item Function:deactivate
    }
}

# Leave the environment that is active now, if one is.
deactivate -NonDestructive

$Env:VIRTUAL_ENV = @VIRTUAL_ENV@
$Env:VIRTUAL_ENV_PROMPT = @PROMPT@

if (-not $Env:VIRTUAL_ENV_DISABLE_PROMPT) {
    function global:_OLD_VIRTUAL_PROMPT { '' }
    Copy-Item Function:prompt Function:_OLD_VIRTUAL_PROMPT
    function global:prompt {
        Write-Host -NoNewline -ForegroundColor Green @DRAWN@
        _OLD_VIRTUAL_PROMPT
    }
}

if (Test-Path Env:PYTHONHOME) {
    Copy-Item Env:PYTHONHOME Env:_OLD_VIRTUAL_PYTHONHOME
    Remove-Item Env:PYTHONHOME
}

$Env:_OLD_VIRTUAL_PATH = $Env:PATH
$Env:PATH = $Env:VIRTUAL_ENV + '/bin' + [System.IO.Path]::PathSeparator + $Env:PATH
