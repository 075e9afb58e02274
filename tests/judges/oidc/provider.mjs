// An OpenID Connect provider of others: whoever signs in by a name has it.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [packages, issuer, client] = process.argv.slice(2);
const require = createRequire(`${packages}/`);
const { Provider } = await import(pathToFileURL(require.resolve("oidc-provider")));

const provider = new Provider(issuer, {
  clients: [JSON.parse(client)],
  cookies: { keys: ["of this run alone"] },
  claims: { openid: ["sub"], profile: ["name", "locale"], email: ["email", "email_verified"] },
  features: {
    backchannelLogout: { enabled: true },
    devInteractions: { enabled: true },
    rpInitiatedLogout: { enabled: true },
  },
  findAccount: (_context, id) => ({
    accountId: id,
    claims: () => ({
      sub: id,
      name: "Ada Lovelace",
      locale: "en-GB",
      email: "ada@example.org",
      email_verified: true,
    }),
  }),
  // Its own refuses to call this machine.
  fetch: (url, options) => fetch(url, { ...options, dispatcher: undefined }),
  pkce: { required: () => true },
});
provider.on("backchannel.error", (_context, error) => console.error(error));
provider.on("server_error", (_context, error) => console.error(error));
provider.listen(Number(new URL(issuer).port), "127.0.0.1");
