// Other ways to sign in, below the form of the login page. The warning on plain HTTP is here too.

import { warn } from "./plain-http.js";

warn();
