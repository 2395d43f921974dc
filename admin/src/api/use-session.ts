import { useSyncExternalStore } from 'react';
import { session } from './session.js';

/** Who is signed in, kept up to date. */
export const useSession = () => useSyncExternalStore(session.subscribe, session.get);

/** True for an owner, who may do everything; a viewer looks only. */
export const useIsOwner = () => useSession()?.user.role === 'OWNER';
