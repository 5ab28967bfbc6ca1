/* Who answers when a far end wants a password from us, for whatever request: the
 * endpoint that it was sent to has user name and secret; the dialog that it belongs
 * to counts its CSeq and remembers the realms. */
#include "channels/sip/driver.h"
#include "channels/sip/endpoint/account.h"

static int learn(struct sip_credentials *credentials, const struct sip_refused *refused)
{
	const struct sip_endpoint *endpoint = refused->account;
	const char *user = endpoint->username ? endpoint->username : endpoint->name;

	return sip_credentials_learn(credentials, refused->request, refused->response,
				     refused->attempts == 0, user, endpoint->secret);
}

/* Those of its dialog, made when there are none; outside of a dialog new ones. */
static struct sip_credentials *credentials_of(struct sip_dialog *dialog)
{
	if (!dialog)
		return sip_credentials_new();
	if (!dialog->credentials)
		dialog->credentials = sip_credentials_new();
	return sip_credentials_ref(dialog->credentials);
}

static int answer(void *arg, struct sip_refused *refused, struct sip_out *out)
{
	const struct sip_msg *request = refused->request;
	struct sip_dialog *dialog = sip_dialog_of_own(sip.dialogs, request);
	struct sip_credentials *credentials = credentials_of(dialog);
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

	(void)arg;
	if (dialog && dialog->credentials)
		sip_credentials_renew(dialog->credentials, request, response);
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
