/* Says in the page why a passkey was not used: allauth's script only writes it to the console. */
(() => {
  const sentences = {
    NotAllowedError: "The passkey was not used: it was cancelled, or it took too long. Try again.",
    InvalidStateError: "This device already has a passkey of your account.",
    SecurityError: "Passkeys need https and a host name.",
    NotSupportedError: "This device cannot keep such a passkey.",
  };
  document.addEventListener("allauth.error", (event) => {
    event.preventDefault();
    const error = event.detail.exception;
    const isMissing = !window.PublicKeyCredential;
    window.digitsite.notice(
      isMissing ? "This browser has no passkeys, or the page was not loaded by https."
      : sentences[error?.name] ?? "The passkey was not used. Try again."
    );
  });
})();
