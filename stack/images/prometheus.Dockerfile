# Prometheus, and Node, which finds the pods for it.
ARG BASE_IMAGE
FROM ${BASE_IMAGE}
COPY . /
USER 65532:65532
CMD ["/usr/local/bin/prometheus"]
