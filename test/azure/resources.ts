/** The contents of the test endpoint's subscription: groups, and resources inside them. Ids match without regard to case. */

export interface Group {
  readonly name: string;
  readonly location: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly deleting?: boolean;
}

export interface Resource {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly location: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly zones?: readonly string[];
  properties: Record<string, unknown>;
}

export type Resources = ReturnType<typeof resourceStore>;

export function resourceStore() {
  const groups = new Map<string, Group>();
  const resources = new Map<string, Resource>();
  const key = (id: string) => id.toLowerCase();
  return {
    group: (name: string) => groups.get(key(name)),
    groups: () => [...groups.values()],
    putGroup: (group: Group) => void groups.set(key(group.name), group),
    deleteGroup: (name: string) => groups.delete(key(name)),
    get: (id: string) => resources.get(key(id)),
    put: (resource: Resource) => void resources.set(key(resource.id), resource),
    delete: (id: string) => resources.delete(key(id)),
    all: () => [...resources.values()],
    inGroup: (name: string) => [...resources.values()].filter(({ id }) => groupOf(id) === key(name)),
  };
}

/** The resource group of an id, in lower case. */
export const groupOf = (id: string): string => id.split('/')[4]?.toLowerCase() ?? '';

/** An id up to and without `/providers/`. */
export const groupPathOf = (id: string): string => id.slice(0, id.toLowerCase().indexOf('/providers/'));

export const plainResource = (id: string, type: string, location: string, properties = {}): Resource => ({
  id,
  name: id.split('/').at(-1) ?? '',
  type,
  location,
  tags: {},
  properties,
});

/** The public view of a resource: without the endpoint's internal fields. */
export function shown({ properties, ...resource }: Resource) {
  const { power: _, extension: __, ...visible } = properties;
  return { ...resource, properties: visible };
}
