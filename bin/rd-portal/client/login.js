// The page to log in.

import { phrase } from './language.js';

document.title = phrase('login');
