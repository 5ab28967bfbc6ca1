"""A provider: Kamailio that wants passwords, with a customer who registers and has a
block of numbers, and subscribers of its own, who are called by 030 and four digits."""

import os
import shutil

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
		{bulk}
		save("location");
		exit;
	}}
	if (!pv_proxy_authenticate("provider", "$var(password)", "0")) {{
		proxy_challenge("provider", "0");
		exit;
	}}
	consume_credentials();
	if (from_uri != myself) {{ # as Kamailio's own configuration has it
		sl_send_reply("403", "Not relaying");
		exit;
	}}
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

# Here no name server knows the customer's name.
NAMED = """if (loose_route()) {{
			if ($rd == "sbc.example.com") $du = "sip:127.0.0.1:5061;transport=tls";
			t_relay();
		}}"""

BY_ADDRESS = BEGIN.replace("if (loose_route()) t_relay();", NAMED) + """\
	if (is_method("ACK")) exit;
	if (is_method("OPTIONS")) {{
		{options}
		sl_send_reply("200", "OK");
		exit;
	}}
	if (is_method("REGISTER")) {{
		save("location");
		exit;
	}}
	record_route();
	if ($si == "127.0.0.1" && $rU =~ "{theirs}") {{
		{invite}
		$rU = $(rU{{s.substr,{strip},0}});
		if (lookup("location")) t_relay();
		else sl_send_reply("404", "Not Found");
		exit;
	}}
	$ru = "sip:" + $rU + "@{exchange}";
	t_relay();
}}
"""

# Whether the customer finds the number in the request's URI, or in To alone.
IN_URI, IN_TO = "$rU = $var(did);", ""

# The customer has all of its numbers registered at once (RFC 6140), or nothing.
BULK = """if ($au == "%s" && ($hdr(Require) != "gin" || $hdr(Proxy-Require) != "gin" ||
				!($ct =~ ";bnc") || $(ct{nameaddr.uri}{uri.user}) != "")) {
			sl_send_reply("421", "Extension Required");
			exit;
		}""" % ACCOUNT
IN_BULK = "$ru = $(ru{re.subst,/;bnc//});\n\t$rU = $var(did);"


class Provider(Kamailio):
    """address: where it is; number: how a customer is told who is called; refused: a
    number that it has no room for now, and asks for a minute of rest."""

    modules = 'loadmodule "auth.so"\n'
    script = AUTHENTICATED

    def __init__(self, folder, address, password="hush", number=IN_URI, refused="",
                 bulk="",
                 **more):
        self.route = self.script.format(account=ACCOUNT, password=password, number=number,
                                        refused=refused, bulk=bulk)
        super().__init__(folder, "", address=address, **more)


class Edge(Provider):
    """Its customers may be behind NATs: it answers to where their requests come from, and
    calls them there. 030600 is at its port 5080."""

    modules = Provider.modules + """loadmodule "nathelper.so"
modparam("nathelper|registrar", "received_avp", "$avp(received)")
"""
    script = AUTHENTICATED
    for old, new in (
            ("{{\n", '{{\n\tforce_rport();\n\tif (is_method("INVITE")) add_contact_alias();\n'),
            ("if (loose_route()) t_relay();",
             "if (loose_route()) {{\n\t\t\thandle_ruri_alias();\n\t\t\tt_relay();\n\t\t}}"),
            ('save("location");', 'fix_nated_register();\n\t\tsave("location");'),
            ('\tif ($rU =~ "^030")', """\tif ($rU == "030600") {{
		$ru = "sip:030600@" + $rd + ":5080";
		t_relay();
		exit;
	}}
	if ($rU =~ "^030")""")):
        assert old in script, old
        script = script.replace(old, new, 1)
    script += "onreply_route {{\n\tadd_contact_alias();\n}}\n"


class Distributed(Kamailio):
    """By the configuration that comes with Kamailio, its database in files."""

    cfg, tables = "/etc/kamailio/kamailio.cfg", "/usr/share/kamailio/dbtext/kamailio"
    memory = 64, 8

    def __init__(self, folder, address, users, aliases):
        """users: their passwords; aliases: whose numbers these are."""
        self.users, self.aliases = users, aliases
        self.options = ["-l", "udp:%s:5060" % address]
        super().__init__(folder, "", address=address)

    @classmethod
    def exists(cls):
        return os.path.exists(cls.cfg) and os.path.isdir(cls.tables)

    def configure(self, *_):
        database = os.path.join(self.folder, "db")
        shutil.copytree(self.tables, database)
        with open(self.cfg) as file:
            text = file.read().replace("db_mysql.so", "db_text.so")
        with open(self.config, "w") as file:
            file.write("#!KAMAILIO\n" + "".join("#!define %s\n" % one for one in (
                "WITH_MYSQL", "WITH_AUTH", "WITH_ALIASDB",
                'DBURL "text://%s"' % database)) + text)
        with open(os.path.join(database, "subscriber"), "a") as file:
            for n, (user, password) in enumerate(self.users.items()):
                file.write("%d:%s:-:%s:-:-\n" % (n, user, password))
        with open(os.path.join(database, "dbaliases"), "a") as file:
            for n, (number, user) in enumerate(self.aliases.items()):
                file.write("%d:%s:%s:%s:%s\n" % (n, number, self.address, user,
                                                 self.address))


class Carrier(Kamailio):
    """Knows its customer by the address, and who of its numbers calls by
    P-Asserted-Identity alone."""

    def __init__(self, folder, address, **more):
        self.route = BY_ADDRESS.format(
            options="", theirs="^030", strip=3, exchange="127.0.0.1:5060",
            invite="""if (!($hdr(P-Asserted-Identity) =~ "sip:4930555[0-9][0-9]@")) {
			sl_send_reply("403", "No Number Of Yours");
			exit;
		}""")
        super().__init__(folder, "", address=address, **more)


class Teams(Kamailio):
    """As Microsoft's documents have it: a name in Contact, or 403; calls come by TLS, for
    numbers with +, and their sound is encrypted."""

    NAMED = """if ($(ct{nameaddr.uri}{uri.host}) != "sbc.example.com") {
			sl_send_reply("403", "Provided Trunk FQDN is not allowed");
			exit;
		}
		if ($proto != "tls") {
			sl_send_reply("403", "By TLS");
			exit;
		}"""

    def __init__(self, folder, address, **more):
        self.route = BY_ADDRESS.format(
            options='if ($si == "127.0.0.1") {\n' + self.NAMED + "\n}",
            theirs="^[+]49302", strip=5,
            exchange="127.0.0.1:5061;transport=tls",
            invite=self.NAMED + """
		if (!search_body("RTP/SAVP") || !search_body("a=crypto:")) {
			sl_send_reply("488", "No Encryption");
			exit;
		}""")
        super().__init__(folder, "", address=address, **more)
