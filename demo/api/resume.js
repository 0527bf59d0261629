// Whoever is remembered on this device is logged in: the browser sends the token with this request and with no other.
fetch("/auth/resume", { method: "POST" }).then((response) => {
  if (response.ok) {
    location.replace("/account");
  }
});
