package hooks

// Decode is the request decoder by itself, for its fuzz target and benchmark.
func Decode(s *Service, body []byte, service string) (Request, error) {
	return s.decode(body, service)
}
