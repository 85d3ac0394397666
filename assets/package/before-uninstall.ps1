# Runs before the uninstaller removes the files. Has the system's resolver forget our suffixes, and asks
# for the administrator only when there is something to undo. Whatever happens, the removal goes on:
# what is left behind sends only our suffixes to this computer and harms no other name.
$ErrorActionPreference = 'SilentlyContinue'

$powershell = Join-Path $PSHOME 'powershell.exe'
$quiet = @('-NoProfile', '-NonInteractive', '-ExecutionPolicy', 'Bypass')
$helper = Get-Content -LiteralPath (Join-Path $PSScriptRoot 'dns-helper.ps1') -Raw -Encoding UTF8
if (-not $helper) { exit 0 }

# The text travels in the arguments: a file could be exchanged between the prompt and the run.
function Get-EncodedHelper([string] $Verb) {
  [Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes("& {`n$helper`n} '$Verb'"))
}

$status = & $powershell @quiet -EncodedCommand (Get-EncodedHelper 'status') | ConvertFrom-Json
if ($status.code -eq 'ABSENT') { exit 0 }

$arguments = $quiet + @('-EncodedCommand', (Get-EncodedHelper 'uninstall'))
Start-Process -FilePath $powershell -Verb RunAs -WindowStyle Hidden -Wait -ArgumentList $arguments
exit 0
