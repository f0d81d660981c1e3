# One image for every service; the command tells which. The embedded engine is left out: production has a server.
FROM node:20-slim AS build
WORKDIR /tidemark
COPY package.json package-lock.json .npmrc tsconfig.json tsconfig.base.json ./
COPY packages packages
COPY services services
COPY schemas schemas
RUN npm ci --omit=optional --no-audit --no-fund \
  && npx tsc -b services/cli \
  && npm prune --omit=dev --omit=optional

FROM node:20-slim
WORKDIR /tidemark
ENV NODE_ENV=production
COPY --from=build /tidemark /tidemark
USER node
ENTRYPOINT ["node", "--enable-source-maps", "services/cli/dist/src/main.js"]
