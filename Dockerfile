# The image of the sidecar and of the hook Jobs. The build runs on the builder's
# own architecture and compiles for the wanted one.
FROM --platform=$BUILDPLATFORM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
ARG TARGETOS
ARG TARGETARCH
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -ldflags "-s -w" -o /out/ ./cmd/...

# No shell and no other program: what a hostile repository could start is ours.
FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/ /usr/local/bin/
COPY plugin.yaml /home/argocd/cmp-server/config/plugin.yaml
ENV PATH=/usr/local/bin HOME=/tmp
# Argo CD's own user, which owns the sockets that the sidecar shares.
USER 999:999
WORKDIR /home/argocd
# The repo-server's init container puts Argo CD's plugin server here. A hook Job
# names safesync-hook instead.
ENTRYPOINT ["/var/run/argocd/argocd-cmp-server"]
