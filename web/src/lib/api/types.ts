/** The server's shapes under the names the screens use. All of them come from the generated schema. */
import type { components } from './schema';

type S = components['schemas'];

export type Locale = S['Locale'];
export type Theme = S['Theme'];
export type FieldProblem = S['FieldProblem'];
/** A problem as the UI meets it: made by the server, or by the browser when there was no answer to read. */
export type Problem = Partial<Pick<S['Problem'], 'type' | 'title' | 'detail' | 'request_id' | 'errors'>> &
	Pick<S['Problem'], 'status' | 'code'> & { [extra: string]: unknown };
export type SetupState = S['SetupState'];
export type User = S['User'];
export type AuthAnswer = S['AuthAnswer'];
export type Session = S['SessionView'];
export type Credits = S['Balance'];
export type CreditEntry = S['EntryView'];
export type Price = S['Price'];
export type Manifest = S['Manifest'];
export type Project = S['Project'];
export type Asset = S['Asset'];
export type Group = S['MixerGroup'];
export type Arrangement = S['Arrangement'];
export type Notice = S['QuoteNotice'];
export type Quote = S['Quote'];
export type GenerationState = S['GenerationState'];
export type Progress = S['Progress'];
export type Fault = S['OutputError'];
export type Output = S['Output'];
export type Generation = S['Generation'];
export type Dashboard = S['Dashboard'];
export type Storage = S['StorageUsage'];
