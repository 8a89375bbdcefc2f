/**
 * A node bootstrapper like the one that tests AKS node images: for each node it returns custom data and the command of the
 * custom script extension. This one knows the test endpoint's images: its custom data brings the token of the node config early;
 * the command checks that token, then provisions. Below `/slow-admin`, its custom data makes one step of the image three seconds
 * slower, as a change of the provisioning scripts in custom data would.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** Exit code of a node whose custom data is missing or altered. */
const WITHOUT_TOKEN = 40;
export const SLOW_ADMIN = '/slow-admin';
const SLOWER_STEP = `cat >>/opt/azure/containers/provision_steps.sh <<'STEP'
configureAdminUser() { sleep 3; chage -I -1 -m 0 -M 99999 -E -1 azureuser; }
STEP
`;

export async function startBootstrapper() {
  const asked: unknown[] = [];
  const server = createServer(async (request, response) => {
    // The caller's address, as an outside service would report it.
    if (request.url === '/address') return response.end(request.socket.remoteAddress?.replace('::ffff:', ''));
    const config = JSON.parse(await text(request)) as { bootstrapToken: string };
    asked.push(config);
    const own = request.url?.startsWith(SLOW_ADMIN) ? SLOWER_STEP : '';
    response.end(JSON.stringify(bootstrapData(config.bootstrapToken, own)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () => server.close(),
  };
}

function bootstrapData(token: string, own: string) {
  if (!/^[A-Za-z0-9.-]{1,100}$/.test(token)) throw new Error('a token of letters and digits is needed');
  const file = '/opt/azure/node-config/bootstrap-token';
  const boothook = `#cloud-boothook\n#!/bin/bash\numask 077\nprintf %s '${token}' >${file}\n${own}`;
  return {
    CustomData: Buffer.from(boothook).toString('base64'),
    CSE: `[ "$(cat ${file})" = '${token}' ] || exit ${WITHOUT_TOKEN}; exec /bin/bash /opt/azure/containers/provision_start.sh`,
  };
}
