"""`sip trace ladder` of a flow compared with a figure of an RFC: a column for each who
is not the exchange, INVITE> for what it sends and <200 for what it gets."""

from . import ladder
from .table import Table


class Drawn(Table):
    maxDiff = None

    @classmethod
    def add_drawn(cls, flows):
        """Rows of RFC and section, title, {party: (scenario, its column)}, and what the
        figure says of the order between columns: [(party, arrow), ...], or nothing."""
        for rfc, title, parties, *order in flows:
            setattr(cls, cls.title(rfc, title),
                    lambda self, parties=parties, order=order: self.reads_as(
                        parties, *order))

    def reads_as(self, parties, order=(), act=None):
        """act: plays the scenarios, for what takes more than to start them."""
        start = len(self.exchange.log())
        self.exchange.ask("sip trace ladder")
        self.addCleanup(self.exchange.ask, "sip trace off")
        (act or self.act)(parties)
        figures = {party: drawn.split() for party, (_, drawn) in parties.items()}
        columns, arrows = ladder.wait(self.exchange, sum(map(len, figures.values())), start)
        seen = {party: [] for party in columns}
        rows = []
        for party, from_it, name, _ in arrows:
            name = name.split()[0]
            drawn = name + ">" if from_it else "<" + name
            if self.is_repeated(drawn, seen[party], figures.get(party, [])):
                continue
            seen[party].append(drawn)
            rows.append((party, drawn))
        self.assertEqual(seen, figures)
        self.follows(rows, order)
        self.assertEqual(columns[0], next(iter(parties)))
        self.assertEqual([arrow[3] for arrow in arrows], list(range(1, len(arrows) + 1)))

    def is_repeated(self, drawn, before, figure):
        """A request once more, where the figure has none: the machine was slow."""
        return (before[-1:] == [drawn] and not drawn.strip("<>").isdigit()
                and figure[len(before):len(before) + 1] != [drawn])

    def follows(self, rows, order):
        """What stands in `order` is among the rows, one after the other."""
        rest = iter(rows)
        for one in order:
            self.assertTrue(one in rest, "%s %s comes too early, or never: %s" % (*one, rows))

    def act(self, parties):
        """Whoever calls comes last."""
        running = []
        for party, (scenario, _) in reversed(parties.items()):
            address, port = party.split(":")
            running.append(self.sipp(scenario(), int(port), address))
        for one in reversed(running):
            one.finish()
        self.exchange.wait_idle()

    def test_zz_the_daemon_is_whole_at_the_end(self):
        self.stage.end()
