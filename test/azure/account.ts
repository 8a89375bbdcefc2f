/** The environment of a process that must treat a test endpoint as Azure. */
export const accountAt = ({ url }: { readonly url: string }, subscription: string, certificateFile: string) => ({
  AZURE_SUBSCRIPTION_ID: subscription,
  AZURE_TENANT_ID: 'tenant',
  AZURE_CLIENT_ID: 'client',
  AZURE_CLIENT_SECRET: 'secret',
  AZURE_AUTHORITY_HOST: url,
  BENCH_AZURE_RESOURCE_MANAGER: url,
  BENCH_AZURE_CA: certificateFile,
  BENCH_AZURE_PRICES: url,
});
