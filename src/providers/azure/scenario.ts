/**
 * The Azure part of a scenario: where bench makes machines, of what shape, from which images, and how nodes bootstrap. The checks
 * against the subscription (quota, replication, what a size can do) are in `preflight/`.
 */
import * as z from 'zod';
import { checkVariants, scenarioKeys, variantKeys, variantsOf } from '../../model/scenario.ts';
import { webAddress } from '../../model/scenario-values.ts';

const RESOURCE_ID = /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/.+/i;
const resourceId = z.string().regex(RESOURCE_ID, 'a resource id, /subscriptions/.../resourceGroups/.../providers/...');

const IMAGE =
  /^(\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/Microsoft\.Compute\/(galleries\/[^/]+\/images\/[^/]+(\/versions\/[^/]+)?|images\/[^/]+)|\/(CommunityGalleries|SharedGalleries)\/[^/]+\/Images\/[^/]+(\/Versions\/[^/]+)?|[^/:]+:[^/:]+:[^/:]+:[^/:]+|https:\/\/[^?]+\.vhd)$/i;

/** Whether a text names an image as in Azure: by an id as in the portal, or `publisher:offer:sku:version`. */
export const isAzureImage = (text: string): boolean => IMAGE.test(text);

const imageName = z
  .string()
  .regex(
    IMAGE,
    'a gallery image (or a version of it), a community, shared or managed image, publisher:offer:sku:version, or the https address of a .vhd blob',
  );

const AzureImageSource = z.strictObject({
  id: imageName,
  tags: z
    .record(z.string(), z.string())
    .default({})
    .describe('For a gallery image: use the newest version with these tags, e.g. branch or buildId.'),
  specialized: z.boolean().default(false).describe('The image contains its user and keys; Azure provisions nothing.'),
  plan: z.boolean().default(false).describe('A marketplace image with a purchase plan of the same names.'),
  generation: z.enum(['V1', 'V2']).default('V2').describe('Hyper-V generation of a .vhd blob.'),
});

/** `image: <id>` is short for `image: {id: <id>}`. */
export const AzureImage = z.union([imageName.transform((id) => AzureImageSource.parse({ id })), AzureImageSource]);
export type AzureImage = z.output<typeof AzureImage>;

const Cloud = z.strictObject({
  resourceManager: webAddress.describe(
    "e.g. https://management.example.com; it must speak the api-versions of Azure's public clouds",
  ),
  authority: webAddress.describe('Authority that issues tokens, e.g. https://login.microsoftonline.com'),
  audience: z.string().optional().describe('Audience of the tokens (default: the resource manager).'),
  ca: z.string().optional().describe('Certificate authority: a PEM file, relative to the scenario.'),
});

const Reach = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('public'),
    from: z
      .union([z.literal('auto'), z.cidrv4()])
      .default('auto')
      .describe('Addresses that may connect to port 22; auto looks up the public address of this computer.'),
  }),
  z.strictObject({ kind: z.literal('private').describe('This computer is in the network of the machines.') }),
  z.strictObject({
    kind: z.literal('jump').describe('Your SSH server forwards the connection to the private address.'),
    host: z.string().min(1),
    port: z.int().min(1).max(65_535).default(22),
    user: z.string().min(1),
    hostKey: z
      .string()
      .regex(/^SHA256:[A-Za-z0-9+/]{43}=?$/, 'SHA256:... as ssh-keygen -l prints it')
      .describe('Host key of the jump host; any other is refused.'),
    keyFile: z
      .string()
      .optional()
      .describe('Private key for the jump host (default: the file in BENCH_JUMP_KEY_FILE).'),
  }),
  z.strictObject({
    kind: z
      .literal('bastion')
      .describe('Tunnel through Azure Bastion (Standard or Premium, with native client support).'),
    id: z
      .string()
      .regex(/^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/Microsoft\.Network\/bastionHosts\/[^/]+$/i, {
        error: 'a resource id, /subscriptions/.../providers/Microsoft.Network/bastionHosts/...',
      }),
  }),
  z.strictObject({
    kind: z
      .literal('run-command')
      .describe(
        'For images without SSH: the guest agent runs the collecting script and writes to a storage account of the run.',
      ),
  }),
]);

export const AzureOptions = z
  .strictObject({
    kind: z.literal('azure'),
    location: z.string().regex(/^[a-z0-9]+$/, 'a location name of Azure, e.g. westus3'),
    subscription: z.string().optional().describe('By default AZURE_SUBSCRIPTION_ID.'),
    sizes: z
      .array(z.string().regex(/^[A-Za-z0-9_-]+$/, 'a size, e.g. Standard_D4s_v5'))
      .min(1)
      .describe('Sizes to try, in this order, a whole block at a time.'),
    machine: z
      .enum(['vm', 'scale-set'])
      .default('vm')
      .describe(
        'scale-set: one set of one instance per boot, as AKS makes its nodes; vm: for images that are no AKS nodes.',
      ),
    orchestration: z
      .enum(['uniform', 'flexible'])
      .default('uniform')
      .describe('Of scale sets; AKS node pools are uniform.'),
    group: z
      .strictObject({
        name: z.string().regex(/^[\w().-]{0,90}$/, 'the name of a resource group'),
        existing: z.literal(true),
      })
      .optional()
      .describe(
        'An existing resource group, such as the node resource group of a cluster. The run deletes one by one what it made in it, and nothing else. By default, and where the name is empty, each run makes a group.',
      ),
    zones: z
      .array(z.enum(['1', '2', '3']))
      .default([])
      .describe('Zones to try, in this order (default: Azure chooses).'),
    osDisk: z
      .strictObject({
        ephemeral: z
          .enum(['none', 'cache', 'resource', 'nvme'])
          .default('none')
          .describe('Location of an ephemeral disk; AKS nodes use resource by default.'),
        sizeGb: z.int().min(1).max(4095).optional(),
        storage: z.enum(['Premium_LRS', 'StandardSSD_LRS', 'Standard_LRS']).default('Premium_LRS'),
      })
      .prefault({}),
    securityType: z
      .enum(['standard', 'trusted-launch', 'confidential'])
      .default('standard')
      .describe('confidential: encrypts only the guest state, so that every kind of disk works.'),
    acceleratedNetworking: z.boolean().default(true),
    nestedVirtualization: z
      .boolean()
      .default(false)
      .describe('Require nested virtualisation, e.g. for Kata Containers; skip sizes without it.'),
    user: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,31}$/)
      .default('azureuser'),
    keyFile: z
      .string()
      .optional()
      .describe('Private key of the user in a specialised image (default: BENCH_AZURE_KEY_FILE).'),
    customData: z.string().optional().describe('cloud-init or Ignition data: a file, relative to the scenario.'),
    userData: z
      .string()
      .optional()
      .describe('User data: a file, relative to the scenario. Anyone on the machine can read it.'),
    tags: z
      .record(z.string().min(1).max(512), z.string().max(256))
      .default({})
      .describe('Tags for every resource, added to those of bench, e.g. an owner that a policy requires.'),
    priority: z
      .enum(['regular', 'spot'])
      .default('regular')
      .describe(
        'spot: spare machines at a lower price that Azure may evict; an evicted boot does not count against its image.',
      ),
    identities: z
      .array(resourceId)
      .optional()
      .describe(
        'User-assigned identities of the machines; by default those of the cluster whose group it is, else none.',
      ),
    systemIdentity: z
      .boolean()
      .optional()
      .describe('An identity of each machine by itself as well; by default as in the cluster, else none.'),
    reach: Reach.prefault({ kind: 'public' }),
    subnet: resourceId
      .optional()
      .describe('An existing subnet; by default that of the cluster whose group it is, else each run makes a network.'),
    backendPools: z
      .array(resourceId)
      .optional()
      .describe(
        'Backend pools of load balancers that machines join, e.g. to get out of their network; by default those of the cluster, else none.',
      ),
    ipForwarding: z
      .boolean()
      .optional()
      .describe('Whether interfaces pass on what is not theirs; by default as in the cluster, else no.'),
    podAddresses: z
      .int()
      .min(0)
      .max(255)
      .optional()
      .describe(
        'Addresses of the subnet beside that of the machine, one for each pod (Azure CNI); by default as in the cluster, else none.',
      ),
    tenant: z
      .string()
      .min(1)
      .optional()
      .describe('Directory (tenant) of the subscription, for accounts in several (default: AZURE_TENANT_ID).'),
    credentials: z
      .enum(['default', 'environment', 'cli', 'managed-identity', 'workload-identity', 'github'])
      .default('default')
      .describe('default tries all in turn; choose one in CI. github requests a fresh token whenever it needs one.'),
    cloud: z.union([z.enum(['public', 'us-government', 'china']), Cloud]).default('public'),
    deleteAfterHours: z
      .int()
      .min(1)
      .max(720)
      .default(6)
      .describe('bench gc may delete what an interrupted run left after this time.'),
  })
  .refine(
    ({ reach, subnet, group }) =>
      ['public', 'run-command'].includes(reach.kind) || subnet !== undefined || Boolean(group?.name),
    'reach: private, jump and bastion need a subnet that they can reach',
  );
export type AzureOptions = z.output<typeof AzureOptions>;

/** What turns a machine into an AKS node. Bench reads `${env:NAME}` in the files when it sends them, and never stores the values. */
export const Bootstrap = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('agentbaker'),
    url: webAddress.describe('Address of a node bootstrapper; bench calls /getnodebootstrapdata.'),
    nodeConfig: z.string().describe('The request: a JSON file, relative to the scenario.'),
  }),
  z.strictObject({
    kind: z.literal('files'),
    customData: z.string().optional().describe('Custom data: a file, relative to the scenario.'),
    command: z.string().optional().describe('Provisioning command (CSE): a file, relative to the scenario.'),
  }),
]);
export type Bootstrap = z.output<typeof Bootstrap>;

export const AzureScenario = z
  .strictObject({
    ...scenarioKeys(AzureOptions, AzureImage),
    variants: variantsOf(
      z.strictObject({
        ...variantKeys(AzureImage),
        bootstrap: Bootstrap.optional().describe(
          'Replaces that of the scenario, if the change under test is part of it.',
        ),
      }),
    ),
    bootstrap: Bootstrap.optional().describe('Turns the machine into a node.'),
  })
  .superRefine(checkVariants);
export type AzureScenario = z.output<typeof AzureScenario>;
