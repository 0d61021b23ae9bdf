package fhir_test

import (
	"net/netip"
	"testing"

	"rygkort/fhir"
)

// TestAServerHasOnlyAddressesOfItsReach goes through the ranges, in each form
// in which an address can be written. What a range is for stands in the IANA
// special-purpose registries.
func TestAServerHasOnlyAddressesOfItsReach(t *testing.T) {
	const public, private, loopback = "public private", "private", "private loopback"
	for address, want := range map[string]string{
		// The internet.
		"8.8.8.8":                public,
		"193.163.1.1":            public,
		"172.15.255.255":         public,
		"172.32.0.0":             public,
		"100.63.255.255":         public,
		"100.128.0.0":            public,
		"126.255.255.255":        public,
		"223.255.255.255":        public,
		"2001:4860:4860::8888":   public,
		"2a00:1450:4001::1":      public,
		"::ffff:8.8.8.8":         public,
		"64:ff9b::808:808":       public,
		"2002:808:808::1":        public,
		"2001:4860:4860::8888%0": public, // a zone changes nothing

		// This machine.
		"127.0.0.1":         loopback,
		"127.255.255.254":   loopback,
		"::1":               loopback,
		"::1%lo":            loopback,
		"::ffff:127.0.0.1":  loopback,
		"::ffff:7f00:1%lo":  loopback,
		"64:ff9b::7f00:1":   "", // whoever translates it need not be this machine
		"2002:7f00:1::1":    "",
		"::127.0.0.1":       "",
		"::ffff:0:7f00:1":   "",
		"64:ff9b:1::7f00:1": "",

		// Private networks.
		"10.0.0.1":           private,
		"172.16.0.1":         private,
		"172.31.255.255":     private,
		"192.168.1.1":        private,
		"100.64.0.1":         private, // behind carriers' gateways
		"100.127.255.255":    private,
		"198.18.0.1":         private, // test networks
		"198.19.255.255":     private,
		"fc00::1":            private, // unique local
		"fd12:3456:789a::1":  private,
		"fec0::1":            private,
		"::ffff:10.0.0.1":    private,
		"::ffff:100.64.0.1":  private,
		"64:ff9b::a00:1":     private,
		"2002:c0a8:101::1":   private,
		"::192.168.1.1":      private,
		"::ffff:0:a00:1":     private,
		"fd12:3456::1%eth0":  private,
		"::ffff:192.168.1.1": private,

		// Never: unspecified, this network, broadcast, reserved, multicast.
		"0.0.0.0":            "",
		"0.1.2.3":            "",
		"::":                 "",
		"::%eth0":            "",
		"::ffff:0.0.0.0":     "",
		"64:ff9b::":          "",
		"2002::1":            "",
		"255.255.255.255":    "",
		"240.0.0.1":          "",
		"::ffff:255.255.0.1": "",
		"224.0.0.1":          "",
		"239.255.255.250":    "",
		"ff02::1":            "",
		"ff02::1%eth0":       "",
		"ff0e::1":            "",
		"::ffff:224.0.0.1":   "",
		"64:ff9b::e000:1":    "",

		// Never: link-local, and where cloud machines are told their secrets.
		"169.254.169.254":                "",
		"169.254.170.2":                  "",
		"169.254.0.1":                    "",
		"fe80::1":                        "",
		"fe80::1%eth0":                   "",
		"fe80::a9fe:a9fe":                "",
		"::ffff:169.254.169.254":         "",
		"::ffff:a9fe:a9fe":               "",
		"64:ff9b::a9fe:a9fe":             "",
		"64:ff9b:1::a9fe:a9fe":           "",
		"64:ff9b:1:a9fe:a9:fe00:808:808": "", // RFC 6052 with a prefix of 48 bits
		"64:ff9b:1::808:808":             "",
		"2002:a9fe:a9fe::1":              "",
		"::169.254.169.254":              "",
		"::ffff:0:a9fe:a9fe":             "",
		"168.63.129.16":                  "",
		"::ffff:168.63.129.16":           "",
		"64:ff9b::a83f:8110":             "",
		"100.100.100.200":                "",
		"192.0.0.192":                    "",
		"192.0.0.8":                      "",
		"fd00:ec2::254":                  "",
		"fd00:ec2::254%eth0":             "",
		"fd20:ce::254":                   "",
	} {
		got := ""
		for _, reach := range []struct {
			fhir.Reach
			name string
		}{{fhir.ReachPublic, "public"}, {fhir.ReachPrivate, "private"}, {fhir.ReachLoopback, "loopback"}} {
			if reach.Allows(netip.MustParseAddr(address)) {
				if got != "" {
					got += " "
				}
				got += reach.name
			}
		}
		if got != want {
			t.Errorf("%s: allowed by %q, want %q", address, got, want)
		}
		if fhir.ReachNowhere.Allows(netip.MustParseAddr(address)) {
			t.Errorf("%s: allowed by nowhere", address)
		}
	}
	for _, reach := range []fhir.Reach{fhir.ReachNowhere, fhir.ReachPublic, fhir.ReachPrivate, fhir.ReachLoopback} {
		if reach.Allows(netip.Addr{}) {
			t.Errorf("reach %d: what is no address is allowed", reach)
		}
	}
}
