/**
 * The calls this UI makes, in the form openapi-typescript writes them, so that the generated `paths` can take this
 * file's place by changing one import in `client.ts`.
 */
import type * as T from './types';

type Json<B> = { content: { 'application/json': B } };
type Answer<R> = {
	responses: {
		200: { headers: Record<string, unknown> } & ([R] extends [void] ? { content?: never } : Json<R>);
		default: { headers: Record<string, unknown>; content: { 'application/problem+json': T.Problem } };
	};
};
type Params<P, Q, H> = {
	parameters: { path: P; query?: Q; header?: H; cookie?: never };
};
type Bare<Q> = { parameters: { path?: never; query?: Q; header?: never; cookie?: never } };
type Read<R, P = never, Q = never> = Answer<R> & ([P] extends [never] ? Bare<Q> : Params<P, Q, never>);
type Write<R, B = never, P = never, H = never> = Answer<R> &
	([P] extends [never] ? Bare<never> : Params<P, never, H>) &
	([B] extends [never] ? { requestBody?: never } : { requestBody: Json<B> });

type Id = { id: string };
type App = { app: string };
type AppId = { app: string; id: string };
type Paging = { cursor?: string; limit?: number };
type ProjectIn = { name: string; description?: string; settings?: Record<string, unknown> };
type ProjectPatch = Partial<ProjectIn> & { archived?: boolean };
type GroupIn = { name: string; hue?: number };
type Account = { email: string; password: string; name?: string };
type Run = { settings?: Record<string, unknown>; count: number; seed?: number };

export interface paths {
	'/api/v1/setup-state': { get: Read<T.SetupState> };
	'/api/v1/auth/setup': { post: Write<T.AuthAnswer, Account & { setup_token: string }> };
	'/api/v1/auth/register': { post: Write<T.AuthAnswer, Account> };
	'/api/v1/auth/login': { post: Write<T.AuthAnswer, { email: string; password: string }> };
	'/api/v1/auth/logout': { post: Write<void> };
	'/api/v1/me': {
		get: Read<T.User>;
		patch: Write<T.User, { name?: string; locale?: T.Locale; theme?: T.Theme }>;
	};
	'/api/v1/me/sessions': { get: Read<T.Page<T.Session>> };
	'/api/v1/me/sessions/{id}': { delete: Write<void, never, Id> };
	'/api/v1/credits': { get: Read<T.Credits> };
	'/api/v1/credits/entries': { get: Read<T.Page<T.CreditEntry>, never, Paging> };
	'/api/v1/apps': { get: Read<{ items: T.Manifest[] }> };
	'/api/v1/apps/{app}/projects': {
		get: Read<T.Page<T.Project>, App, Paging & { archived?: boolean }>;
		post: Write<T.Project, ProjectIn, App>;
	};
	'/api/v1/apps/{app}/projects/{id}': {
		get: Read<T.Project, AppId>;
		patch: Write<T.Project, ProjectPatch, AppId>;
		delete: Write<void, never, AppId>;
	};
	'/api/v1/apps/{app}/projects/{id}/duplicate': { post: Write<T.Project, never, AppId> };
	'/api/v1/apps/{app}/projects/{id}/restore': { post: Write<T.Project, never, AppId> };
	'/api/v1/apps/{app}/sample': { post: Write<T.Project, never, App> };
	'/api/v1/apps/{app}/projects/{id}/quote': { post: Write<T.Quote, Run, AppId> };
	'/api/v1/apps/{app}/projects/{id}/generations': {
		post: Write<T.Generation, Run, AppId, { 'Idempotency-Key': string }>;
	};
	'/api/v1/assets': { get: Read<T.Page<T.Asset>, never, Paging & { project_id: string }> };
	'/api/v1/assets/{id}': {
		get: Read<T.Asset, Id>;
		patch: Write<T.Asset, { name?: string; group_id?: string | null; position?: number }, Id>;
		delete: Write<void, never, Id>;
	};
	'/api/v1/assets/{id}/restore': { post: Write<T.Asset, never, Id> };
	'/api/v1/storage': { get: Read<T.Storage> };
	'/api/v1/apps/video-mixer/projects/{id}/groups': {
		get: Read<{ items: T.Group[] }, Id>;
		post: Write<T.Group, GroupIn, Id>;
	};
	'/api/v1/apps/video-mixer/projects/{id}/groups/{group_id}': {
		patch: Write<T.Group, Partial<GroupIn> & { position?: number }, Id & { group_id: string }>;
		delete: Write<void, never, Id & { group_id: string }>;
	};
	'/api/v1/apps/video-mixer/projects/{id}/arrangement': { put: Write<void, T.Arrangement, Id> };
	'/api/v1/generations': {
		get: Read<
			T.Page<T.Generation>,
			never,
			Paging & { app?: string; project_id?: string; state?: T.GenerationState }
		>;
	};
	'/api/v1/generations/{id}': {
		get: Read<T.Generation, Id>;
		delete: Write<void, never, Id>;
	};
	'/api/v1/generations/{id}/cancel': { post: Write<T.Generation, never, Id> };
	'/api/v1/generations/{id}/retry-failed': { post: Write<T.Generation, never, Id> };
	'/api/v1/generations/{id}/restore': { post: Write<T.Generation, never, Id> };
	'/api/v1/outputs/{id}': {
		patch: Write<T.Output, { review?: T.Output['review']; stars?: number }, Id>;
	};
	'/api/v1/dashboard': { get: Read<T.Dashboard> };
}
