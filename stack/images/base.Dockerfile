# Node, the libraries it needs, CA certificates and one user: what the products' Dockerfiles expect of BASE_IMAGE.
FROM scratch
COPY . /
ENV PATH=/usr/local/bin:/usr/bin NODE_ENV=production
USER 65532:65532
WORKDIR /app
