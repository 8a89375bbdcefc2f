/**
 * Images named on the command line: `--before` sets that of the first variant and `--after` that of the second, whatever the scenario calls
 * them; `--variant name=image` sets that of any. Refuses an image for an unknown variant: a new variant would boot beside the others.
 */
import { usageError } from '../../model/errors.ts';
import type { Setting } from '../../model/scenario.ts';
import type { Document } from '../../store/scenario-file.ts';
import { meant } from '../../store/scenario-problems.ts';
import type { DesignOptions, DesignWorld } from './load.ts';
import { namedImage } from './scenario.ts';

type ImageOptions = Pick<DesignOptions, 'before' | 'after' | 'variant' | 'aa'>;

interface Given {
  readonly option: string;
  readonly variant: string;
  readonly image: string;
}

export function imageSettings(document: Document, options: ImageOptions, { cwd }: Pick<DesignWorld, 'cwd'>): Setting[] {
  const given = givenImages(variantsOf(document), options);
  const [twice] = given.filter(({ variant }, index) => given.findIndex((other) => other.variant === variant) < index);
  if (twice) throw usageError(`${twice.option}: the variant ${twice.variant} has two images.`);
  return given.map(({ variant, image, option }) => ({
    path: `variants.${variant}.image`,
    value: JSON.stringify(namedImage(document, image, cwd)),
    option,
  }));
}

/** Variant names in their order. A scenario that leaves them to the command line has the usual ones. */
function variantsOf({ variants }: Document): readonly string[] {
  const names = typeof variants === 'object' && variants !== null ? Object.keys(variants) : [];
  return names.length === 0 ? ['before', 'after'] : names;
}

function givenImages(names: readonly string[], { before, after, variant = [], aa }: ImageOptions): Given[] {
  if (aa && after !== undefined)
    throw usageError('--aa compares the baseline with itself, so --after has no effect.', 'Omit one of them.');
  const [first, second] = names;
  return [
    ...(before === undefined ? [] : [placed('--before', first, before, names)]),
    ...(after === undefined ? [] : [placed('--after', second, after, names)]),
    ...variant.map(({ path: name, value }) =>
      placed(`--variant ${name}=${value}`, names.includes(name) ? name : undefined, value, names, name),
    ),
  ];
}

function placed(
  option: string,
  variant: string | undefined,
  image: string,
  names: readonly string[],
  wanted?: string,
): Given {
  if (variant !== undefined) return { option, variant, image };
  throw usageError(
    wanted === undefined
      ? `${option}: the scenario has only one variant, ${names[0]}.`
      : `${option}: the scenario has no variant "${wanted}"${meant(wanted, names)}.`,
    'Give the image of an existing variant: --variant name=image.',
  );
}
