/** Addresses of files; the browser downloads them itself, so that big ones stream to disk. */
export function zipUrl(generation: string, outputs: 'all' | 'approved' | string[]): string {
	const which = Array.isArray(outputs) ? outputs.join(',') : outputs;
	return `/api/v1/generations/${generation}/zip?outputs=${which}`;
}
export const downloadUrl = (output: string): string => `/api/v1/outputs/${output}/content?download=1`;
