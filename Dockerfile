# Build:  docker build --build-arg VERSION=0.1.0 -t rygkort .
# Try:    docker run --rm --network host rygkort
#
# The service listens on loopback until it is told otherwise, in a container
# too: who reaches it may ask about patients. To serve other machines, mount a
# configuration that names the clients and set the address, for example
#   docker run -p 8080:8080 -v /etc/rygkort:/etc/rygkort:ro \
#     -e RYGKORT_CONFIG=/etc/rygkort/rygkort.yaml -e RYGKORT_LISTEN=0.0.0.0:8080 rygkort

FROM golang:1.26.8-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=dev
# The Makefile alone knows the flags, so that the image and "make build" cannot
# differ.
RUN make build VERSION="${VERSION}" && mkdir /data

FROM scratch
ARG VERSION=dev
ARG REVISION=""
ARG SOURCE=""
LABEL org.opencontainers.image.title="Rygkort" \
      org.opencontainers.image.description="CDS Hooks service for the Danish low-back-pain pathway in general practice" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}"
# Key sets and FHIR servers are called over https.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /src/LICENSE /src/NOTICE /
COPY --from=build /src/bin/rygkort /rygkort
# By number: there is no passwd file here to look a name up in.
USER 65532:65532
# The ledger is where the service runs, unless the configuration names another.
# Mount a volume here, or it goes with the container.
COPY --from=build --chown=65532:65532 /data /data
WORKDIR /data
ENV TMPDIR=/data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=5s --retries=3 CMD ["/rygkort", "health"]
ENTRYPOINT ["/rygkort"]
CMD ["serve"]
