# A DHCP server and nothing else, as anybody would put it into an image (own-server.yaml).
FROM docker.io/library/debian:bookworm-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends isc-dhcp-server \
    && rm -rf /var/lib/apt/lists/* \
    && touch /var/lib/dhcp/dhcpd.leases
CMD ["dhcpd", "-f", "-4"]
