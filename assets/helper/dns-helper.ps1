# Has Windows send our suffixes to 127.0.0.1, and nothing else, by one rule of the name resolution policy
# (NRPT). PowerShell 5.1. Same words, one line of JSON and exit codes as dns-helper.sh:
#   detect | status                                                      as anybody; change nothing
#   install --port 53 --suffix S... [--backend nrpt]   and   uninstall   as administrator
# S: nostr pkarr key. Windows asks at port 53 only: other ports end with 69 NO_PORT.
# Of status also MASKED: a group policy, even an empty one, hides our rule; install writes it there too.
# The manifest in HKLM\SOFTWARE\NostrDNS is a hint: only rules with our comment are touched.
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'
$system = [Environment]::SystemDirectory
$env:PSModulePath = "$system\WindowsPowerShell\v1.0\Modules"
$marker = 'Written by Nostr DNS, which replaces and removes this file.'
$known = 'nostr', 'pkarr', 'key'
$manifest = 'HKLM:\SOFTWARE\NostrDNS'
$policy = 'HKLM:\SOFTWARE\Policies\Microsoft\Windows NT\DNSClient\DnsPolicyConfig'
$script:report = [ordered]@{
  v = 1; ok = $false; verb = 'none'; code = 'USAGE'; backend = 'none'; changed = $false; message = ''; commands = @()
}
function Finish($exit, $code, $message) {
  $script:report.ok = $exit -eq 0
  $script:report.code = $code
  $script:report.message = $message
  [Console]::Out.WriteLine((ConvertTo-Json -Compress -InputObject $script:report))
  exit $exit
}
function Usage { Finish 64 'USAGE' 'These are not words this program takes.' }
function Did($command) { $script:report.commands += $command }
function OurRules { DnsClient\Get-DnsClientNrptRule | Where-Object { $_.Comment -ceq $marker } }
function PolicyRules { if (HasPolicy) { Get-ChildItem -LiteralPath $policy } }
function HasPolicy { Test-Path -LiteralPath $policy }
function OurPolicyRules { PolicyRules | Where-Object { $_.GetValue('Comment') -ceq $marker } }
function Names($rules) { (@($rules | ForEach-Object { $_.Namespace }) | Sort-Object) -join ' ' }
# Removes every rule of ours; goes on when one cannot be removed, and says so.
function RemoveOurs {
  $whole = $true
  foreach ($rule in OurRules) {
    try {
      DnsClient\Remove-DnsClientNrptRule -Name $rule.Name -Force
      Did "Remove-DnsClientNrptRule -Name $($rule.Name) -Force"
      $script:report.changed = $true
    } catch { $whole = $false }
  }
  foreach ($key in OurPolicyRules) {
    try {
      Remove-Item -LiteralPath "$policy\$($key.PSChildName)" -Recurse
      Did "Remove-Item '$policy\$($key.PSChildName)'"
      $script:report.changed = $true
    } catch { $whole = $false }
  }
  $whole
}
function Refresh {
  if (HasPolicy) {
    Did 'gpupdate /target:computer /wait:0'
    & "$system\gpupdate.exe" /target:computer /wait:0 | Out-Null
  }
  Did 'Clear-DnsClientCache'
  DnsClient\Clear-DnsClientCache
}

$words = @($args | ForEach-Object { [string]$_ })
if ($words.Count -lt 1 -or 'detect', 'status', 'install', 'uninstall' -cnotcontains $words[0]) { Usage }
$verb = $words[0]
$given = @{}
$option = ''
foreach ($word in @($words | Select-Object -Skip 1)) {
  if ('--port', '--suffix', '--backend' -ccontains $word) {
    if ($verb -cne 'install' -or $given.ContainsKey($word)) { Usage }
    $option = $word
    $given[$option] = @()
  } elseif ($option -ceq '--suffix' -and $known -ccontains $word -and $given[$option] -cnotcontains $word) {
    $given[$option] += $word
  } elseif ($option -ceq '--port' -and $given[$option].Count -eq 0 -and
    $word -cmatch '\A(53|[1-9][0-9]{3,4})\z' -and ($word -ceq '53' -or ([int]$word -ge 1024 -and [int]$word -le 65535))) {
    $given[$option] += $word
  } elseif ($option -ceq '--backend' -and $given[$option].Count -eq 0 -and $word -ceq 'nrpt') {
    $given[$option] += $word
  } else { Usage }
}
if (@($given.Values | Where-Object { $_.Count -eq 0 }).Count) { Usage }
if ($verb -ceq 'install' -and -not ($given.ContainsKey('--port') -and $given.ContainsKey('--suffix'))) { Usage }
$script:report.verb = $verb

try {
  $me = [Security.Principal.WindowsPrincipal][Security.Principal.WindowsIdentity]::GetCurrent()
  if ('install', 'uninstall' -ccontains $verb -and
    -not $me.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)) {
    Finish 77 'NOT_ROOT' 'This needs the administrator.'
  }
  if ([Environment]::OSVersion.Version.Major -lt 10) { Finish 69 'UNKNOWN_SYSTEM' 'This Windows is too old.' }
  Import-Module "$env:PSModulePath\DnsClient\DnsClient.psd1"
  $ours = @(OurRules)
  $isMasked = (HasPolicy) -and @(OurPolicyRules).Count -ne 1
  $noted = ''
  if (Test-Path -LiteralPath $manifest) { $noted = [string](Get-Item -LiteralPath $manifest).GetValue('Manifest') }

  if ($verb -ceq 'detect') {
    $script:report.backend = 'nrpt'
    Finish 0 'OK' 'This is how it is done here.'
  }
  if ($verb -ceq 'status') {
    if ($ours.Count -eq 0 -and @(OurPolicyRules).Count -eq 0) { Finish 0 'ABSENT' 'There is nothing of ours.' }
    $script:report.backend = 'nrpt'
    $expected = (@($noted -split ' ' | Select-Object -Skip 3 | ForEach-Object { ".$_" }) | Sort-Object) -join ' '
    if ($ours.Count -ne 1 -or (Names $ours) -cne $expected -or ($ours[0].NameServers -join ' ') -cne '127.0.0.1') {
      Finish 0 'DRIFT' 'The rule is not as we wrote it.'
    }
    if ($isMasked) { Finish 0 'MASKED' 'A group policy hides our rule.' }
    Finish 0 'INSTALLED' 'The rule is as we wrote it.'
  }
  if ($verb -ceq 'uninstall') {
    $whole = RemoveOurs
    if (Test-Path -LiteralPath $manifest) { Remove-Item -LiteralPath $manifest -Recurse }
    if ($script:report.changed) { Refresh }
    if (-not $whole) { Finish 73 'WRITE' 'Not all could be undone.' }
    Finish 0 'OK' 'Nothing of ours is left.'
  }

  $script:report.backend = 'nrpt'
  if ($given['--port'][0] -cne '53') { Finish 69 'NO_PORT' 'Windows asks at port 53 only.' }
  $suffixes = @($known | Where-Object { $given['--suffix'] -ccontains $_ })
  $names = @($suffixes | ForEach-Object { ".$_" })
  $sorted = ($names | Sort-Object) -join ' '
  $note = "v1 nrpt 53 $($suffixes -join ' ')"
  $foreign = @(DnsClient\Get-DnsClientNrptRule | Where-Object { $_.Comment -cne $marker } | ForEach-Object { $_.Namespace }) +
    @(PolicyRules | Where-Object { $_.GetValue('Comment') -cne $marker } | ForEach-Object { $_.GetValue('Name') })
  if (@($foreign | Where-Object { $names -contains $_ }).Count) {
    Finish 75 'CONFLICT' 'A rule of somebody else is in the way.'
  }
  if ($ours.Count -eq 1 -and $noted -ceq $note -and -not $isMasked -and (Names $ours) -ceq $sorted -and
    ($ours[0].NameServers -join ' ') -ceq '127.0.0.1') { Finish 0 'OK' 'It is so already.' }
  try {
    if (-not (RemoveOurs)) { throw 'old rule' }
    New-Item -Path $manifest -Force | Out-Null
    New-ItemProperty -LiteralPath $manifest -Name Manifest -PropertyType String -Value $note -Force | Out-Null
    DnsClient\Add-DnsClientNrptRule -Namespace $names -NameServers '127.0.0.1' -DisplayName 'Nostr DNS' -Comment $marker
    Did "Add-DnsClientNrptRule -Namespace $($names -join ',') -NameServers 127.0.0.1 -DisplayName 'Nostr DNS'"
    $script:report.changed = $true
    $rule = @(OurRules)
    if ($rule.Count -ne 1 -or (Names $rule) -cne $sorted) { throw 'read back' }
    if (HasPolicy) {
      $key = "$policy\$($rule[0].Name)"
      New-Item -Path $key -Force | Out-Null
      foreach ($value in @('Version', 'DWord', 1), @('Name', 'MultiString', $names), @('Comment', 'String', $marker),
        @('GenericDNSServers', 'String', '127.0.0.1'), @('ConfigOptions', 'DWord', 8)) {
        New-ItemProperty -LiteralPath $key -Name $value[0] -PropertyType $value[1] -Value $value[2] | Out-Null
      }
      Did "New-Item '$key'"
    }
    Refresh
  } catch {
    RemoveOurs | Out-Null
    Remove-Item -LiteralPath $manifest -Recurse -ErrorAction SilentlyContinue
    $script:report.changed = $false
    Finish 74 'RELOAD' 'It did not work and was taken back.'
  }
  Finish 0 'OK' 'Done.'
} catch {
  Finish 73 'WRITE' 'The system could not be read or written.'
}
