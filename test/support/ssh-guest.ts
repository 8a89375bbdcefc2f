import ssh2 from 'ssh2';
import type { ArtifactRequest } from '../../src/model/collector.ts';
import type { SshTarget } from '../../src/model/provider.ts';
import { quote } from '../../src/model/shell-program.ts';
import { newSshKey } from '../../src/providers/any/ssh-key.ts';
import { freePort } from './ports.ts';
import { TAR_END, tarEntry } from './tar-stream.ts';

/**
 * Guests without a machine: an SSH server on loopback that answers the collecting script as each guest would. The user that logs in
 * determines the guest, and so its artifacts. Everything on the side of the program is real: connection, script, tar stream.
 */
export interface SshGuests {
  target(user: string): SshTarget;
  close(): Promise<void>;
}

/** `artifactsOf` gives the texts of a guest by their path under `raw/`; any other file does not exist in that guest. */
export async function sshGuests(
  requests: readonly ArtifactRequest[],
  artifactsOf: (user: string) => Readonly<Record<string, string>>,
): Promise<SshGuests> {
  // ssh2's own generator makes one key in 270 that ssh2 then refuses.
  const keys = { host: newSshKey('host'), user: newSshKey('user') };
  const server = new ssh2.Server({ hostKeys: [keys.host.privateKey] }, (client) => {
    let user = '';
    client.on('authentication', (context) => {
      user = context.username;
      if (context.method === 'publickey') context.accept();
      else context.reject(['publickey']);
    });
    client.on('session', (accept) =>
      accept().on('exec', (acceptExec) => {
        const channel = acceptExec();
        let script = '';
        let answered = false;
        channel.on('data', (chunk: Buffer) => {
          script += chunk.toString();
          if (answered || !script.includes('\nexit 0\nfi\n')) return;
          answered = true;
          channel.write(answer(requests, script, artifactsOf(user)));
          channel.exit(0);
          channel.end();
        });
      }),
    );
    client.on('error', () => {});
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    target: (user) => ({
      host: '127.0.0.1',
      port,
      user,
      privateKey: keys.user.privateKey,
      hostKey: { kind: 'trust-on-first-use' },
    }),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** The archive for the numbered commands of a script. */
function answer(
  requests: readonly ArtifactRequest[],
  script: string,
  artifacts: Readonly<Record<string, string>>,
): Buffer {
  const pathOf = new Map(requests.map(({ command, path }) => [quote(command), path]));
  const asked = [...script.matchAll(/^(?:output|files) (\d+) \d+ \d+ ('(?:[^']|'\\'')*')$/gm)];
  const texts = asked.map(([, number = '', command = '']) => ({
    number,
    text: artifacts[pathOf.get(command) ?? ''],
  }));
  return Buffer.concat([
    ...texts.flatMap(({ number, text }) => (text === undefined ? [] : [tarEntry({ path: number }, text)])),
    tarEntry({ path: 'status' }, texts.map(({ number, text }) => `${number} ${text === undefined ? 1 : 0}\n`).join('')),
    TAR_END,
  ]);
}
