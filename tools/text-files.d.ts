import type { Plugin } from 'esbuild';
import type { Plugin as VitePlugin } from 'vite';

export declare const textFiles: Plugin;
export declare const textFilesInTests: VitePlugin;
