; Included by electron-builder's NSIS script.

!macro customUnInstall
  ; An update runs the old uninstaller too, and nothing is undone then.
  ${ifNot} ${isUpdated}
    ; The system's own PowerShell: this 32-bit program would be given another one.
    StrCpy $R0 "$WINDIR\Sysnative\WindowsPowerShell\v1.0\powershell.exe"
    IfFileExists $R0 +2
    StrCpy $R0 "$SYSDIR\WindowsPowerShell\v1.0\powershell.exe"
    nsExec::Exec '"$R0" -NoProfile -NonInteractive -ExecutionPolicy Bypass -File "$INSTDIR\resources\helper\before-uninstall.ps1"'
    ; Whatever came of it, the removal goes on.
    Pop $R1

    ; What the app registered for the user: links, if they still lead here, and the start at login.
    ReadRegStr $R1 HKCU "Software\Classes\nostr-dns\shell\open\command" ""
    StrLen $R2 '"$INSTDIR\'
    StrCpy $R1 $R1 $R2
    ${if} $R1 == '"$INSTDIR\'
      DeleteRegKey HKCU "Software\Classes\nostr-dns"
    ${endIf}
    DeleteRegValue HKCU "Software\Microsoft\Windows\CurrentVersion\Run" "${APP_ID}"
  ${endIf}
!macroend
