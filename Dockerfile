# Partyline in a container: docker build -t partyline . && docker run --network host -v partyline:/data partyline
#
# Host networking is meant: Docker's own forwarding of a thousand UDP ports is
# slow to start and hides who calls. The web client stands built in the tree,
# so no Node is needed here.

# Pinned by its exact tag. Whoever builds for production pins the digest as
# well, which is different for each platform's registry mirror.
FROM golang:1.26.8-bookworm AS build
ENV CGO_ENABLED=0 GOTOOLCHAIN=local
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY cmd cmd
COPY metrics metrics
COPY sfu sfu
COPY signaling signaling
COPY sip sip
ARG VERSION=development
RUN go build -buildvcs=false -ldflags "-s -w -X main.release=${VERSION}" -o image/partyline ./cmd/partyline \
    && mkdir -p image/data image/tmp \
    && chmod 1777 image/tmp

# Nothing below the program: it is static and carries its time zones.
FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /src/image/partyline /partyline
COPY --from=build --chown=65532:65532 /src/image/data /data
COPY --from=build --chown=65532:65532 /src/image/tmp /tmp
USER 65532:65532
ENV PARTYLINE_DATA_DIR=/data
VOLUME /data
EXPOSE 8080/tcp 7882/udp 7882/tcp 5060/udp 5060/tcp
HEALTHCHECK --interval=30s --timeout=5s --start-period=15s CMD ["/partyline", "healthz"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["/partyline"]
CMD ["serve"]
