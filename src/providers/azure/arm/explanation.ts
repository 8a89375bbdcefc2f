/** Translates the SDK's errors: an error response of Azure, no token, or no connection to Azure. */
import type { RestError } from '@azure/core-rest-pipeline';
import { worldError } from '../../../model/errors.ts';
import { ArmError } from './failure.ts';
import { proxyFailure } from './proxy.ts';
import { armErrorOf, rawAnswer } from './response.ts';

export const SIGN_IN = 'Sign in (az login), or set provider.credentials.';

export async function explained<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    const ofProxy = proxyFailure(cause);
    if (ofProxy) throw ofProxy;
    if (cause instanceof Error && /Authentication|CredentialUnavailable/.test(cause.name))
      throw worldError(`No token for Azure: ${signInFailure(cause)}.`, SIGN_IN, cause);
    const { code, statusCode, response } = cause as Partial<RestError>;
    // The SDK keeps only the code of an error; the raw response has all of it.
    if (cause instanceof Error && response?.bodyAsText) throw armErrorOf(rawAnswer(response));
    if (cause instanceof Error && typeof statusCode === 'number')
      throw new ArmError(statusCode, typeof code === 'string' ? [code] : [], cause.message);
    if (typeof code === 'string' && /^(ECONN|ENOTFOUND|EAI_|ETIMEDOUT|CERT|DEPTH|SELF|UNABLE)/.test(code))
      throw worldError(
        `Azure could not be reached: ${code}.`,
        'Check the network, a proxy, and BENCH_AZURE_CA.',
        cause,
      );
    throw cause;
  }
}

/** Errors of the identity package have many lines. The directory's code says most, a chain of guesses least. */
function signInFailure({ name, message }: Error): string {
  const said = /AADSTS\d+:[^\n]*?(?=\.? (?:Trace ID|$)|\.?$)/m.exec(message)?.[0];
  if (said === undefined && /^Aggregate/.test(name))
    return 'nobody is signed in here (tried: environment, workload identity, managed identity, az, PowerShell, azd)';
  return (said ?? message.split('\n')[0] ?? '').replace(/\.$/, '').slice(0, 300);
}
