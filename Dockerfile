# One image for every service; the command tells which. The embedded engine is left out: production has a server.
# The base is pinned by its digest; a tag can be moved.
FROM node:24.21.0-bookworm-slim@sha256:0e0ff40c39bc087845bfb27465a0df4ea419520094bc35842ff83dd8cbe6f9b6 AS build
WORKDIR /tidemark
COPY package.json package-lock.json .npmrc tsconfig.json tsconfig.base.json ./
COPY packages packages
COPY services services
COPY schemas schemas
# No package's own scripts run: none is needed.
RUN npm ci --ignore-scripts --omit=optional --no-audit --no-fund \
  && npx tsc -b services/cli \
  && npm prune --ignore-scripts --omit=dev --omit=optional

FROM node:24.21.0-bookworm-slim@sha256:0e0ff40c39bc087845bfb27465a0df4ea419520094bc35842ff83dd8cbe6f9b6
WORKDIR /tidemark
ENV NODE_ENV=production
COPY --from=build /tidemark /tidemark
USER node
ENTRYPOINT ["node", "--enable-source-maps", "services/cli/dist/src/main.js"]
