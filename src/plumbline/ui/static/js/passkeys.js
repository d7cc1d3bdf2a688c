/**
 * Forms that a passkey fills: [data-passkey=create] makes one, [data-passkey=get] uses one. What the authenticator says is
 * posted as JSON in the field `credential`. The forms stay hidden where passkeys cannot work; nothing else needs them.
 */
const toBytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
const toText = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

const usable = () => window.PublicKeyCredential && !/^[\d.]+$|^\[/.test(location.hostname);

/** Options as the browser takes them: bytes instead of base64url. */
function asked(options) {
  const listed = (name) => (options[name] ? { [name]: options[name].map((one) => ({ ...one, id: toBytes(one.id) })) } : {});
  const user = options.user ? { user: { ...options.user, id: toBytes(options.user.id) } } : {};
  return { ...options, ...user, challenge: toBytes(options.challenge), ...listed("excludeCredentials"), ...listed("allowCredentials") };
}

/** A credential as JSON takes it: base64url instead of bytes. */
function answered(credential) {
  const { response } = credential;
  const said = { transports: response.getTransports?.() };
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"])
    if (response[name]) said[name] = toText(response[name]);
  return {
    id: credential.id, rawId: toText(credential.rawId), type: credential.type, response: said,
    authenticatorAttachment: credential.authenticatorAttachment, clientExtensionResults: credential.getClientExtensionResults(),
  };
}

async function optionsOf(form) {
  if (form.dataset.options) return JSON.parse(form.dataset.options).publicKey;
  const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return (await answer.json()).request_options.publicKey;
}

async function ask(form) {
  const publicKey = asked(await optionsOf(form));
  if (form.dataset.passkey === "get") return navigator.credentials.get({ publicKey });
  publicKey.authenticatorSelection = { ...publicKey.authenticatorSelection, residentKey: "required", requireResidentKey: true, userVerification: "required" };
  return navigator.credentials.create({ publicKey });
}

async function fill(form) {
  const failed = form.querySelector("[data-passkey-failed]");
  failed.hidden = true;
  try {
    form.elements.credential.value = JSON.stringify(answered(await ask(form)));
    form.submit();
  } catch {
    failed.hidden = false;
  }
}

if (usable()) {
  for (const notice of document.querySelectorAll("[data-passkey-missing]")) notice.hidden = true;
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", (event) => { event.preventDefault(); fill(form); });
  }
}
