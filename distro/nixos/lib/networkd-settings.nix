# The settings of systemd.link(5), systemd.netdev(5), systemd.network(5) and networkd.conf(5), by kind of file and section: those of
# Debian's releases together (systemd 252 to 262), with the old names that systemd still reads.
{ lib }:

let
  words =
    text:
    builtins.filter (w: w != "") (
      lib.splitString " " (builtins.replaceStrings [ "\n" ] [ " " ] text)
    );
in
{
  sections = {
    link = {
      Match = words ''
        Architecture Credential Driver Firmware Host KernelCommandLine KernelVersion Kind MACAddress MachineTag OriginalName
        Path PermanentMACAddress Property Type Version Virtualization
      '';
      Link = words ''
        Advertise Alias AlternativeName AlternativeNamesPolicy AutoNegotiation AutoNegotiationFlowControl BitsPerSecond
        CoalescePacketRateHigh CoalescePacketRateLow CoalescePacketRateSampleIntervalSec CombinedChannels Description Duplex
        GenericReceiveOffload GenericReceiveOffloadHardware GenericReceiveOffloadList GenericReceiveOffloadUDPForwarding
        GenericSegmentOffloadMaxBytes GenericSegmentOffloadMaxSegments GenericSegmentationOffload IRQAffinity IRQAffinityNUMA
        IRQAffinityPolicy ImportProperty LargeReceiveOffload MACAddress MACAddressPolicy MDI MTUBytes NTupleFilter Name
        NamePolicy OtherChannels PartialGenericSegmentationOffload Port Property ReceiveAll ReceiveChecksumOffload ReceiveFCS
        ReceivePacketSteeringCPUMask ReceiveQueues ReceiveVLANCTAGFilter ReceiveVLANCTAGHardwareAcceleration RxBufferSize
        RxChannels RxCoalesceHighSec RxCoalesceIrqSec RxCoalesceLowSec RxCoalesceSec RxFlowControl RxJumboBufferSize
        RxMaxCoalescedFrames RxMaxCoalescedHighFrames RxMaxCoalescedIrqFrames RxMaxCoalescedLowFrames RxMiniBufferSize
        ScatterGather ScatterGatherFragmentList StatisticsBlockCoalesceSec TCP6SegmentationOffload TCPECNSegmentationOffload
        TCPMangleIdSegmentationOffload TCPSegmentationOffload TransmitChecksumOffload TransmitQueueLength TransmitQueues
        TransmitVLANCTAGHardwareAcceleration TransmitVLANSTAGHardwareAcceleration TxBufferSize TxChannels TxCoalesceHighSec
        TxCoalesceIrqSec TxCoalesceLowSec TxCoalesceSec TxFlowControl TxMaxCoalescedFrames TxMaxCoalescedHighFrames
        TxMaxCoalescedIrqFrames TxMaxCoalescedLowFrames UDPSegmentationOffload UnsetProperty UseAdaptiveRxCoalesce
        UseAdaptiveTxCoalesce WakeOnLan WakeOnLanPassword
      '';
    };
    netdev = {
      Match = words ''
        Architecture Credential Firmware Host KernelCommandLine KernelVersion MachineTag Version Virtualization
      '';
      NetDev = words "Description Kind MACAddress MTUBytes Name";
      Bridge = words ''
        AgeingTimeSec DefaultPVID FDBMaxLearned ForwardDelaySec GroupForwardMask HelloTimeSec LinkLocalLearning MaxAgeSec
        MulticastIGMPVersion MulticastQuerier MulticastSnooping Priority STP VLANFiltering VLANProtocol
      '';
      VLAN = words "EgressQOSMaps GVRP Id IngressQOSMaps LooseBinding MVRP Protocol ReorderHeader";
      MACVLAN = words "BroadcastMulticastQueueLength BroadcastQueueThreshold Mode SourceMACAddress";
      IPVLAN = words "Flags Mode";
      IPVTAP = words "Flags Mode";
      VXLAN = words ''
        ARPProxy DestinationPort External FDBAgeingSec FlowLabel GenericProtocolExtension Group GroupPolicyExtension
        IPDoNotFragment Id Independent L2MissNotification L3MissNotification Local MacLearning MaximumFDBEntries PortRange
        ReduceARPProxy Remote RemoteChecksumRx RemoteChecksumTx RouteShortCircuit TOS TTL UDP6ZeroCheckSumRx UDP6ZeroCheckSumTx
        UDP6ZeroChecksumRx UDP6ZeroChecksumTx UDPCheckSum UDPChecksum VNI VNIFilter
      '';
      Tunnel = words ''
        AllowLocalRemote AssignToLoopback CopyDSCP DiscoverPathMTU ERSPANDirection ERSPANHardwareId ERSPANIndex ERSPANVersion
        Encapsulation EncapsulationLimit External FOUDestinationPort FOUSourcePort FooOverUDP IPv6FlowLabel
        IPv6RapidDeploymentPrefix ISATAP IgnoreDontFragment Independent InputKey Key Local Mode OutputKey Remote
        SerializeTunneledPackets TOS TTL
      '';
      FooOverUDP = words "Encapsulation Local Peer PeerPort Port Protocol";
      Peer = words "MACAddress Name";
      Tun = words "Group KeepCarrier MultiQueue OneQueue PacketInfo User VNetHeader";
      Tap = words "Group KeepCarrier MultiQueue OneQueue PacketInfo User VNetHeader";
      Bond = words ''
        ARPAllTargets ARPIPTargets ARPIntervalSec ARPMissedMax ARPValidate AdActorSystem AdActorSystemPriority AdSelect
        AdUserPortKey AllSlavesActive DownDelaySec DynamicTransmitLoadBalancing FailOverMACPolicy GratuitousARP LACPTransmitRate
        LearnPacketIntervalSec MIIMonitorSec MinLinks Mode PacketsPerSlave PeerNotifyDelaySec PrimaryReselectPolicy ResendIGMP
        TransmitHashPolicy UpDelaySec
      '';
      VRF = words "Table TableId";
      Xfrm = words "Independent InterfaceId";
      WLAN = words "PhysicalDevice Type WDS";
      BatmanAdvanced = words ''
        Aggregation BridgeLoopAvoidance DistributedArpTable Fragmentation GatewayBandwidthDown GatewayBandwidthUp
        GatewayBandwithDown GatewayBandwithUp GatewayMode HopPenalty OriginatorIntervalSec RoutingAlgorithm
      '';
      L2TP = words ''
        EncapsulationType Local PeerTunnelId Remote TunnelId UDP6CheckSumRx UDP6CheckSumTx UDP6ChecksumRx UDP6ChecksumTx
        UDPCheckSum UDPChecksum UDPDestinationPort UDPSourcePort
      '';
      L2TPSession = words "Layer2SpecificHeader Name PeerSessionId SessionId";
      WireGuard =
        words "FirewallMark FwMark ListenPort PrivateKey PrivateKeyFile RouteMetric RouteTable";
      WireGuardPeer = words ''
        AllowedIPs Endpoint PersistentKeepalive PresharedKey PresharedKeyFile PublicKey PublicKeyFile RouteMetric RouteTable
      '';
    };
    network = {
      Match = words ''
        Architecture BSSID Credential Driver Firmware Host KernelCommandLine KernelVersion Kind MACAddress MachineTag Name Path
        PermanentMACAddress Property SSID Type Version Virtualization WLANInterfaceType
      '';
      Link = words ''
        ARP ActivationPolicy AllMulticast Group MACAddress MTUBytes Multicast Promiscuous RequiredFamilyForOnline
        RequiredForOnline Unmanaged
      '';
      Network = words ''
        ActiveSlave Address BatmanAdvanced BindCarrier Bond Bridge ConfigureWithoutCarrier DHCP DHCPPrefixDelegation DHCPRelay
        DHCPServer DHCPv6PrefixDelegation DNS DNSDefaultRoute DNSOverTLS DNSSEC DNSSECNegativeTrustAnchors DefaultRouteOnDevice
        Description Domains EmitLLDP Gateway IPForward IPMasquerade IPVLAN IPVTAP IPoIB IPv4AcceptLocal
        IPv4DuplicateAddressDetectionTimeoutSec IPv4Forwarding IPv4LL IPv4LLRoute IPv4LLStartAddress IPv4ProxyARP
        IPv4ProxyARPPrivateVLAN IPv4ReversePathFilter IPv4RouteLocalnet IPv4SrcValidMark IPv6AcceptRA
        IPv6AcceptRouterAdvertisements IPv6DuplicateAddressDetection IPv6Forwarding IPv6HopLimit
        IPv6LinkLocalAddressGenerationMode IPv6MTUBytes IPv6PrefixDelegation IPv6PrivacyExtensions IPv6ProxyNDP
        IPv6ProxyNDPAddress IPv6RetransmissionTimeSec IPv6SendRA IPv6StableSecretAddress IPv6Token IgnoreCarrierLoss
        KeepConfiguration KeepMaster L2TP LLDP LLMNR LinkLocalAddressing MACVLAN MACVTAP MACsec MPLSRouting
        ManageForeignNextHops ManageForeignRoutes ManageForeignRoutingPolicyRules MulticastDNS MulticastIGMPVersion NTP
        PrimarySlave ProxyARP ProxyNeighbor RouteTable SpeedMeter SpeedMeterIntervalSec Tunnel UseDomains VLAN VRF VXLAN Xfrm
      '';
      DHCPv4 = words ''
        AllowList Anonymize BOOTP BlackList ClientIdentifier CriticalConnection DUIDRawData DUIDType DenyList
        FallbackLeaseLifetimeSec Hostname IAID IPServiceType IPv6OnlyMode InitialAdvertisedReceiveWindow InitialCongestionWindow
        Label ListenPort MUDURL MaxAttempts NFTSet NetLabel QuickAck RapidCommit RequestAddress RequestBroadcast RequestOptions
        RouteMTUBytes RouteMetric RouteTable RoutesToDNS RoutesToNTP SendDecline SendHostname SendOption SendRelease
        SendVendorOption ServerPort SocketPriority UnassignedSubnetPolicy Use6RD UseCaptivePortal UseDNR UseDNS UseDomainName
        UseDomains UseGateway UseHostname UseMTU UseNTP UseRoutes UseSIP UseTimezone UserClass VendorClassIdentifier
      '';
      DHCPv6 = words ''
        DUIDRawData DUIDType ForceDHCPv6PDOtherInformation Hostname IAID MUDURL NFTSet NetLabel PrefixDelegationHint RapidCommit
        RequestOptions RouteMetric RouteTable SendHostname SendOption SendRelease SendVendorOption UnassignedSubnetPolicy
        UseAddress UseCaptivePortal UseDNR UseDNS UseDelegatedPrefix UseDomains UseHostname UseNTP UseSIP UserClass VendorClass
        WithoutRA
      '';
      DHCPPrefixDelegation =
        words
          "Announce Assign ManageTemporaryAddress NFTSet NetLabel RouteMetric SubnetId Token UplinkInterface";
      IPv6AcceptRA = words ''
        BlackList DHCPv6Client DenyList NFTSet NetLabel PrefixAllowList PrefixDenyList QuickAck RouteAllowList RouteDenyList
        RouteMetric RouteTable RouterAllowList RouterDenyList Token UseAutonomousPrefix UseCaptivePortal UseDNR UseDNS
        UseDomains UseGateway UseHopLimit UseICMP6RateLimit UseMTU UseOnLinkPrefix UsePREF64 UseReachableTime UseRedirect
        UseRetransmissionTime UseRoutePrefix
      '';
      DHCPServer = words ''
        BindToInterface BootFilename BootServerAddress BootServerName DNS DefaultLeaseTimeSec Domain EmitDNS EmitDomain EmitLPR
        EmitNTP EmitPOP3 EmitRouter EmitSIP EmitSMTP EmitTimezone IPv6OnlyPreferredSec LPR LocalLeaseDomain MaxLeaseTimeSec NTP
        POP3 PersistLeases PoolOffset PoolSize RapidCommit RelayAgentCircuitId RelayAgentRemoteId RelayTarget Router SIP SMTP
        SendOption SendVendorOption ServerAddress Timezone UplinkInterface
      '';
      IPv6SendRA = words ''
        DNS DNSLifetimeSec Domains EmitDNS EmitDomains HomeAgent HomeAgentLifetimeSec HomeAgentPreference HopLimit Managed
        OtherInformation ReachableTimeSec RetransmitSec RouterLifetimeSec RouterPreference UplinkInterface
      '';
      Bridge = words ''
        AllowPortToBeRoot Cost FastLeave HairPin Isolated Learning Locked MACAuthenticationBypass MulticastFlood MulticastRouter
        MulticastToUnicast NeighborSuppression Priority ProxyARP ProxyARPWiFi UnicastFlood UseBPDU VLANTunnel
      '';
      Address = words ''
        AddPrefixRoute Address AutoJoin Broadcast DuplicateAddressDetection HomeAddress Label ManageTemporaryAddress NFTSet
        NetLabel Peer PreferredLifetime PrefixRoute RouteMetric Scope
      '';
      RoutingPolicyRule = words ''
        DestinationPort Family FirewallMark From GoTo IPProtocol IncomingInterface InvertRule L3MasterDevice OutgoingInterface
        Priority SourcePort SuppressInterfaceGroup SuppressPrefixLength Table To Type TypeOfService User
      '';
      Route = words ''
        Destination FastOpenNoCookie Gateway GatewayOnLink GatewayOnlink HopLimit IPv6Preference InitialAdvertisedReceiveWindow
        InitialCongestionWindow MTUBytes Metric MultiPathRoute NextHop PreferredSource Protocol QuickAck Scope Source
        TCPAdvertisedMaximumSegmentSize TCPCongestionControlAlgorithm TCPRetransmissionTimeoutSec TTLPropagate Table Type
      '';
      DHCPServerStaticLease = words "Address Hostname MACAddress";
      IPv6Prefix = words ''
        AddressAutoconfiguration Assign OnLink PreferredLifetimeSec Prefix RouteMetric Token ValidLifetimeSec
      '';
      BridgeVLAN = words "EgressUntagged PVID VLAN";
    };
    "networkd.conf" = {
      Network = words ''
        IPv4Forwarding IPv6Forwarding IPv6PrivacyExtensions ManageForeignNextHops ManageForeignRoutes
        ManageForeignRoutingPolicyRules RouteTable SpeedMeter SpeedMeterIntervalSec UseDomains
      '';
      DHCPv4 = words "ClientIdentifier DUIDRawData DUIDType IAID UseDomains";
      DHCPv6 = words "DUIDRawData DUIDType UseDomains";
    };
  };

  # What the `Kind=` of a device may be.
  kinds = words ''
    bareudp batadv bond bridge dummy erspan fou geneve gre gretap hsr ifb ip6gre ip6gretap ip6tnl ipip ipoib ipvlan ipvtap l2tp macsec
    macvlan macvtap netdevsim nlmon sit tap tun vcan veth vlan vrf vti vti6 vxcan vxlan wireguard wlan xfrm
  '';
}
