/** The page's Content-Security-Policy: allows its own style sheet and script by hash, and nothing else. */

/** Uses the platform's digest, as this folder may not import Node. A digest depends on its bytes alone. */
async function sourceHash(source: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(source));
  return `sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}`;
}

export async function policyFor(style: string, script: string): Promise<string> {
  const [styleHash, scriptHash] = await Promise.all([sourceHash(style), sourceHash(script)]);
  return `default-src 'none'; style-src '${styleHash}'; script-src '${scriptHash}'; img-src data:; base-uri 'none'; form-action 'none'`;
}
