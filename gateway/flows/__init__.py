"""The path, end to end: what each thing that can happen to a referral does.

Its rooms, from the one that uses most of the others down; read `submissions/intake.py` first. What stays outside them
is handed to every room, and `desk`, by which people ask for what any room does.

operations       What runs the gateway for its councils: ticks, drills, going live, data keys, spans, what each source
                 sent.
senders          What a sender's own people do by hand: write a request, upload a file, follow it, correct it.
policy           A council's sharing policy: put forward, rehearsed, approved by two people, published for a day to
                 come.
data_protection  What people may ask of their data, what is kept about them, how long it is kept, and how it goes.
reports          What somebody asked for as it stood, kept line by line, reviewed, signed, and taken out with a trace.
evidence         What proves to somebody outside what was done: the record, bundles, receipts, manifests, witnesses.
oversight        What those who watch look at: the sharing log, one child's requests, who read what, break-glass.
telling          What senders and teams are told of what became of a referral, by status, word, letter and alarm.
places           The places the gateway fetches from: each says what lies there, hands it over, and puts it away.
delivery         How a message gets to its hub, once, and what people do about hubs and about a message that waits.
holds            What waits for a person, hold or task: shown, opened, answered, done, and what came of it.
follow_up        What a family, a hub or a sender says about a request once it was sent, and what follows from that.
submissions      What a sender sent: kept, read, decided, accepted or rejected, and answered with receipts.
decisions        What was decided about a referral, at first and again, and how its rows and the record keep that.
sign_in          Who a person or a system is, for how long that stands, and what a sender's key is for.
connections      The ways out to other machines: to addresses that were checked, trusted by name, read exactly.
mapping          How what a source sent becomes referrals, and how its mapping is drafted, proven and measured.
"""
