"""A provider: Kamailio that wants passwords, with a customer who registers and has a
block of numbers, and subscribers of its own, who are called by 030 and four digits."""

from .kamailio import BEGIN, Kamailio

ACCOUNT = "4930555"

AUTHENTICATED = BEGIN + """\
	if (is_method("ACK")) exit;
	if (is_method("OPTIONS")) {{
		sl_send_reply("200", "OK");
		exit;
	}}
	if ($au == "{account}") $var(password) = "{password}";
	else $var(password) = "secret-" + $au;
	if (is_method("REGISTER")) {{
		if (!pv_www_authenticate("provider", "$var(password)", "0")) {{
			www_challenge("provider", "0");
			exit;
		}}
		save("location");
		exit;
	}}
	if (!pv_proxy_authenticate("provider", "$var(password)", "0")) {{
		proxy_challenge("provider", "0");
		exit;
	}}
	consume_credentials();
	record_route();
	if ($rU == "{refused}") {{
		append_to_reply("Retry-After: 60\\r\\n");
		sl_send_reply("503", "Service Unavailable");
		exit;
	}}
	if ($rU =~ "^030") {{
		$rU = $(rU{{s.substr,3,0}});
		if (lookup("location")) t_relay();
		else sl_send_reply("404", "Not Found");
		exit;
	}}
	$var(did) = $rU;
	$rU = "{account}";
	if (!lookup("location")) {{
		sl_send_reply("480", "Temporarily Unavailable");
		exit;
	}}
	{number}
	t_relay();
}}
"""

# Whether the customer finds the number in the request's URI, or in To alone.
IN_URI, IN_TO = "$rU = $var(did);", ""


class Provider(Kamailio):
    """address: where it is; number: how a customer is told who is called; refused: a
    number that it has no room for now, and asks for a minute of rest."""

    modules = 'loadmodule "auth.so"\n'

    def __init__(self, folder, address, password="hush", number=IN_URI, refused="",
                 **more):
        self.route = AUTHENTICATED.format(account=ACCOUNT, password=password, number=number,
                                          refused=refused)
        super().__init__(folder, "", address=address, **more)
