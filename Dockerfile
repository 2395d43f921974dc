# Packs the built server, and installs the package with the three others that it needs.
FROM node:22-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npm run package -- --pack-destination /tmp && mv /tmp/ordermirror-*.tgz /tmp/ordermirror.tgz \
  && npm install --prefix /opt/ordermirror /tmp/ordermirror.tgz

FROM node:22-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 DATA_DIR=/data PATH=/opt/ordermirror/node_modules/.bin:$PATH
COPY --from=build /opt/ordermirror /opt/ordermirror
WORKDIR /opt/ordermirror/node_modules/ordermirror
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 4000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.PORT || 4000) + '/health/ready').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# node is process 1, so it receives SIGTERM.
CMD ["node", "--enable-source-maps", "dist/ordermirror.js", "start"]
