import type { BuildOptions } from 'esbuild';

export declare function bundled(entry: string, outfile: string, more?: BuildOptions): Promise<void>;
