# The keywords of sshd_config(5), with those that sshd still takes but does not document. `Match' is not among them: what follows it would
# belong to it, and settings have no order.
{ newerThan9 }:

[
  "AcceptEnv" "AddressFamily" "AllowAgentForwarding" "AllowGroups" "AllowStreamLocalForwarding" "AllowTcpForwarding" "AllowUsers"
  "AuthenticationMethods" "AuthorizedKeysCommand" "AuthorizedKeysCommandUser" "AuthorizedKeysFile" "AuthorizedPrincipalsCommand"
  "AuthorizedPrincipalsCommandUser" "AuthorizedPrincipalsFile" "Banner" "CASignatureAlgorithms" "ChallengeResponseAuthentication"
  "ChannelTimeout" "ChrootDirectory" "Ciphers" "ClientAliveCountMax" "ClientAliveInterval" "Compression" "DebianBanner" "DenyGroups"
  "DenyUsers" "DisableForwarding" "ExposeAuthInfo" "FingerprintHash" "ForceCommand" "GSSAPIAuthentication" "GSSAPICleanupCredentials"
  "GSSAPIKeyExchange" "GSSAPIStoreCredentialsOnRekey" "GSSAPIStrictAcceptorCheck" "GatewayPorts" "HostCertificate" "HostKey" "HostKeyAgent"
  "HostKeyAlgorithms" "HostbasedAcceptedAlgorithms" "HostbasedAcceptedKeyTypes" "HostbasedAuthentication" "HostbasedUsesNameFromPacketOnly"
  "IPQoS" "IgnoreRhosts" "IgnoreUserKnownHosts" "Include" "KbdInteractiveAuthentication" "KerberosAuthentication" "KerberosGetAFSToken"
  "KerberosOrLocalPasswd" "KerberosTicketCleanup" "KexAlgorithms" "ListenAddress" "LogLevel" "LogVerbose" "LoginGraceTime" "MACs"
  "MaxAuthTries" "MaxSessions" "MaxStartups" "ModuliFile" "PasswordAuthentication" "PerSourceMaxStartups" "PerSourceNetBlockSize"
  "PermitEmptyPasswords" "PermitListen" "PermitOpen" "PermitRootLogin" "PermitTTY" "PermitTunnel" "PermitUserEnvironment" "PermitUserRC"
  "PidFile" "Port" "PrintLastLog" "PrintMotd" "Protocol" "PubkeyAcceptedAlgorithms" "PubkeyAcceptedKeyTypes" "PubkeyAuthOptions"
  "PubkeyAuthentication" "RDomain" "RekeyLimit" "RequiredRSASize" "RevokedKeys" "SecurityKeyProvider" "SetEnv" "StreamLocalBindMask"
  "StreamLocalBindUnlink" "StrictModes" "Subsystem" "SyslogFacility" "TCPKeepAlive" "TrustedUserCAKeys" "UnusedConnectionTimeout" "UseDNS"
  "UsePAM" "UsePrivilegeSeparation" "VersionAddendum" "X11DisplayOffset" "X11Forwarding" "X11UseLocalhost" "XAuthLocation"
] ++ (if newerThan9 then [ "PAMServiceName" "PerSourcePenalties" "PerSourcePenaltyExemptList" "RefuseConnection" "SshdAuthPath" "SshdSessionPath" ] else [ ])
