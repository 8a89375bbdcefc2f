export interface BundledPackage {
  /** Name and version. */
  readonly id: string;
  readonly licence: string | undefined;
  readonly author?: string | undefined;
  readonly text: string;
}
export function checkLicences(packages: readonly BundledPackage[]): void;
export function licenceText(packages: readonly BundledPackage[]): string;
