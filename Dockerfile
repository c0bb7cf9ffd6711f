# The webhook. Build: docker build -t REGISTRY/sign-policy-webhook:0.1.0 .
FROM node:24-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc tsconfig.json ./
RUN npm ci
COPY cmd cmd
COPY server server
COPY shared shared
COPY manifests manifests
COPY test/build test/build
RUN npm run build

FROM node:24-bookworm-slim
COPY --from=build /src/dist /opt/sign-policy
# Every thread keeps freed memory in an arena of its own otherwise: a tenth of the process.
ENV MALLOC_ARENA_MAX=2
# The numbers of the Deployment's securityContext.
USER 65532:65532
ENTRYPOINT ["node", "/opt/sign-policy/sign-policy-webhook"]
