/** A machine as a user names it to ssh: `user@machine:port`. */
export interface Address {
  readonly user: string;
  readonly host: string;
  readonly port: number;
}

/** Undefined if the text is not an address. An IPv6 address with a port needs brackets. */
export function parseAddress(text: string): Address | undefined {
  const match =
    /^(?:([A-Za-z0-9_][\w.-]{0,63})@)?(?:\[([0-9A-Fa-f:.%\w]+)\]|([A-Za-z0-9][\w.-]*|[0-9A-Fa-f]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*))(?::(\d{1,5}))?$/.exec(
      text,
    );
  const port = Number(match?.[4] ?? 22);
  const host = match?.[2] ?? match?.[3];
  if (host === undefined || port < 1 || port > 65_535) return undefined;
  return { user: match?.[1] ?? 'root', host, port };
}

export const printAddress = ({ user, host, port }: Address): string =>
  `${user}@${host.includes(':') ? `[${host}]` : host}${port === 22 ? '' : `:${port}`}`;

/** Names the machine, whichever user logs in. */
export const nameOf = ({ host, port }: Pick<Address, 'host' | 'port'>): string =>
  port === 22 ? host : `${host.includes(':') ? `[${host}]` : host}:${port}`;
