/* Who answers when a far end wants a password from us, for whatever request: the
 * endpoint that it was sent to has user name and secret; the dialog that it belongs
 * to counts its CSeq and remembers the realms. */
#include "channels/sip/driver.h"
#include "channels/sip/endpoint/account.h"
#include "channels/sip/endpoint/enrol.h"

static int learn(struct sip_credentials *credentials, const struct sip_refused *refused)
{
	const struct sip_endpoint *endpoint = refused->account;
	const char *user = endpoint->username ? endpoint->username : endpoint->name;
	bool has_password = endpoint->secret && *endpoint->secret;
	struct sip_secret secret = { .password = has_password ? endpoint->secret : NULL };

	for (int i = 0; i < SIP_DIGEST_ALGORITHMS; i++)
		secret.ha1[i] = endpoint->answer_ha1[i];
	return sip_credentials_learn(credentials, refused->request, refused->response,
				     refused->attempts == 0, user, &secret);
}

/* Where what follows the request will look for them; NULL: nothing follows. */
static struct sip_credentials **place_of(const struct sip_msg *request, struct sip_dialog *dialog)
{
	return dialog ? &dialog->credentials : sip_enrol_credentials(request);
}

/* Those that are there, or new ones. */
static struct sip_credentials *credentials_at(struct sip_credentials **place)
{
	if (!place)
		return sip_credentials_new();
	if (!*place)
		*place = sip_credentials_new();
	return sip_credentials_ref(*place);
}

static int answer(void *arg, struct sip_refused *refused, struct sip_out *out)
{
	const struct sip_msg *request = refused->request;
	struct sip_dialog *dialog = sip_dialog_of_own(sip.dialogs, request);
	struct sip_credentials *credentials = credentials_at(place_of(request, dialog));
	struct rd_str body = request->body.n ? request->body : RD_STR("");
	int rc;

	(void)arg;
	if (!credentials)
		return -ENOMEM;
	rc = learn(credentials, refused);
	if (rc == 0) {
		sip_credentials_print(credentials, out, request->method_name, request->uri,
				      body);
		if (dialog)
			refused->cseq = ++dialog->local_cseq;
	}
	sip_credentials_unref(credentials);
	return rc;
}

static void accepted(void *arg, const struct sip_msg *request, const struct sip_msg *response)
{
	struct sip_dialog *dialog = sip_dialog_of_own(sip.dialogs, request);
	struct sip_credentials **place = place_of(request, dialog);

	(void)arg;
	if (place && *place)
		sip_credentials_renew(*place, request, response);
}

static void hold(const void *account)
{
	const struct sip_endpoint *endpoint = account;

	sip_settings_ref(endpoint->settings);
}

static void release(const void *account)
{
	const struct sip_endpoint *endpoint = account;

	sip_settings_unref(endpoint->settings);
}

const struct sip_authenticator sip_accounts = {
	.answer = answer,
	.accepted = accepted,
	.hold = hold,
	.release = release,
};
