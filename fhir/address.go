package fhir

import (
	"errors"
	"net/netip"
	"syscall"
)

// errAddress says that a name led to an address that may not be connected to.
var errAddress = errors.New("an address that may not be connected to")

// never are addresses at which no record is ever read. Most are where cloud
// machines are told their own secrets; they lie outside the link-local range.
var never = prefixes(
	"168.63.129.16/32",   // Azure
	"100.100.100.200/32", // Alibaba Cloud
	"192.0.0.0/24",       // IETF protocol assignments (RFC 6890); Oracle Cloud
	"fd00:ec2::254/128",  // AWS
	"fd20:ce::254/128",   // Google Cloud
	"64:ff9b:1::/48",     // made of IPv4 addresses in ways that a network picks itself (RFC 8215)
	"0.0.0.0/8",          // this network (RFC 1122)
	"240.0.0.0/4",        // reserved, and broadcast (RFC 1112)
)

// private are addresses that are not the internet's, beside those that
// [netip.Addr.IsPrivate] knows.
var private = prefixes(
	"100.64.0.0/10", // shared behind carriers' gateways (RFC 6598)
	"198.18.0.0/15", // test networks (RFC 2544)
	"fec0::/10",     // site-local, which some still use (RFC 3879)
)

// embedding are IPv6 ranges whose addresses carry an IPv4 address, and the byte
// at which it begins.
var embedding = map[netip.Prefix]int{
	netip.MustParsePrefix("64:ff9b::/96"):    12, // RFC 6052
	netip.MustParsePrefix("2002::/16"):       2,  // RFC 3056
	netip.MustParsePrefix("::ffff:0:0:0/96"): 12, // RFC 2765
	netip.MustParsePrefix("::/96"):           12, // RFC 4291, 2.5.5.1
}

func prefixes(texts ...string) []netip.Prefix {
	list := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		list[i] = netip.MustParsePrefix(text)
	}
	return list
}

// allows reports whether a server of that reach may have an address.
func (r Reach) allows(address netip.Addr) bool {
	address = address.Unmap().WithZone("")
	if !address.IsValid() || address.IsUnspecified() || address.IsMulticast() || address.IsLinkLocalUnicast() || among(never, address) {
		return false
	}
	if address.IsLoopback() {
		return r == ReachPrivate || r == ReachLoopback
	}
	for prefix, from := range embedding {
		if prefix.Contains(address) {
			bytes := address.As16()
			inner, _ := netip.AddrFromSlice(bytes[from : from+4])
			return !inner.IsLoopback() && r.allows(inner) // who translates it may be another machine
		}
	}
	switch r {
	case ReachPublic:
		return !address.IsPrivate() && !among(private, address)
	case ReachPrivate:
		return true
	case ReachLoopback, ReachNowhere:
	}
	return false
}

func among(list []netip.Prefix, address netip.Addr) bool {
	for _, prefix := range list {
		if prefix.Contains(address) {
			return true
		}
	}
	return false
}

// guard refuses a connection by the address it would go to. It is asked when
// the name has been looked up and before anything is sent, so that a name that
// means another address by now leads nowhere.
func (r Reach) guard(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil || !r.allows(to.Addr()) {
		return errAddress
	}
	return nil
}
