"""What a sentence may be built of. A word that stands in none of these constructions is refused, known or not.

A construction is written in the symbols of :func:`hansei.core.narrative.claims.constructed.symbol`: words as they are,
``<m>`` a measure, ``<s>`` a sprint, ``<n:value>`` a number of that kind, ``<up>`` a move. ``VAL`` stands for what may
follow a verb that takes a number. What it says is judged elsewhere; here is only decided that it can be read.
"""

from __future__ import annotations

from typing import Final

#: Words that only hold others together: each may stand anywhere, and says nothing that is not judged elsewhere.
_FREE: Final = """
    the a an its your our their is are was were be been has have had it that this which of and or but , . : ; ( ) “ ” "
    ' ’ – — - / s ± · … also as_well than against versus vs while whereas though although besides instead_of instead
    rather_than compared_with compared_to compared up_from down_from as_did so_did and_so_did and_so_does and_so_do
    and_so_has and_so_have now usual usually earlier used_to since_then until_then did does do not no n't neither nor
    no_longer both nothing_else everything_else they
    <m> <moves> <up> <down> <flat> <good> <bad> <change> <s> <span> <last> <hedge> <sure> <about> <least> <most>
    <place> <odd> <cmp> <next> <share> <tog> <unseen> <same> <back> <manner> <super> <ratio> <fraction>
    <leadtitle> <leadtext> <soft> <confirmed> <refused>
    <n:value> <n:range> <n:chance> <n:odds> <n:of> <n:count> <n:tally> <n:times> <n:percent> <n:effect> <n:ordinal>
    <n:date> <n:foreign>
"""
FREE: Final = frozenset(_FREE.split())
VAL: Final = (
    "(<about>|<least>|<most>|<n:value>|<n:range>|<n:times>|<n:effect>|<n:percent>|<up>|<down>|<flat>|<ratio>|"
    "<fraction>)"
)
_OF_SPRINTS: Final = "(<n:count>|<n:of> sprints)"
_CONSTRUCTIONS: Final = """
    this began earlier
    moved <flat>
    since <s>
    it is the drift (over|<least>) <n:count> that tells

    items <about>? <n:effect> (<up>|<down>) <m>
    range reaches <most>
    since (.|,|;)
    averaged VAL
    made_up VAL
    the count
    there is <hedge>? (<n:tally>|<change>)
    the chance that <m> <change> is
    (show|shows|showed) only? (their|its)? <flat>
    the_remaining <n:tally>
    still usual
    even <n:value>
    between <s> and <s>
    (than|of) (in|the)? <s>
    than in <s>
    by <s> <about>? <n:value>
    one <hedge> is
    at <n:value> ,
    both usual values
    (the|your) team (has|have)? <moves>
    you have <moves>
    there (has|have) <hedge>? been (<up>|<down>) <m>
    there now (<up>|<down>) <m>
    an? item now? spends (<least>|<about>)? (<ratio>|<n:times>) as long in <m>
    the <soft> we offer is
    came in <s>
    <place> range of?
    items now? (take|took|need|needed|spend|spent) VAL
    they needed before
    the_remaining <n:tally>
    no_sprint (since <s>|since_then|since the <change>|before <s>)
    (no_other_measure|no_other_measures|none_of_the_others|the_others|the_rest|the_other measures|all_the_others)
    (should|will) bring between? <n:range>
    (every|each) sprint from <s> (on|onwards)
    there now only? (<about>|<n:value>)
    there (has|have) <hedge>? been only? (<about>|<n:value>)
    measures that <change>
    (<n:tally>|<n:of>) that <change>
    (<n:of>|all|every) measures? that <change>
    (<up>|<down>) too
    too_little to call it a <change>
    it is the run of (<up>|<down>)? sprints that tells

    <least> <n:value> are needed
    the <n:value> it was
    (was|were) recorded in
    which_means the two tell
    one <share> <m>
    completed
    finished
    delivered
    medium
    (makes_up|make_up) <about>? (<n:value>|<fraction>) of the work
    of the work
    are best_read as
    (date_back_to|dates_back_to) <s>
    (changes|<change>) (date_back_to|dates_back_to) <s>
    should be
    not enough data yet? to say whether (anything|something) <change>
    there is not enough data yet? to say whether (anything|something) <change>
    (no|no_more) (bug|bugs) (was|were|has|have)? <m> at_all?
    the report (offers|holds) (<n:tally>|a <soft>)
    <s> had the <super>
    in <next>
    (apart_from|aside_from|except_for|except|other_than) (the|your)? <m>
    (beyond_these|besides_these|apart_from_these) <n:tally>?
    <back> since
    if it was at_least_this_large
    only_if_it_was_large
    <n:count> ago
    with <n:count> before it
    <unseen> it
    we <unseen>
    would <unseen>
    would have stayed? <unseen>
    not (checked|recorded)
    (could|<hedge>) be checked yet?
    (was|were) (checked|recorded|measured)
    all <same>
    no (<soft>|experiment|experiments)
    not all <same>
    (<flat>|nothing) happened
    for <sure>
    <change> from before
    in the last <n:count>
    the last <n:count>
    whether it (<change>|<odd>) is <hedge>
    that it did
    in the last sprint
    yet both (numbers|values|counts)?
    both (numbers|values|counts)
    (changes|<change>|<n:tally>|<n:of>) (began|started) <same>
    (began|started) <same>
    only <n:of> sprints
    is <same>
    since the <change>
    before <s>
    before (it|then|the <change>)
    before
    after <about>? <n:value> before
    after the <change>
    until <s>
    from <s> (on|onwards|onward)
    from VAL
    from <s>
    to (have|be) (<up>|<down>|<moves>|<change>|<flat>)
    to (be|take) VAL
    to (VAL|<s>|<up>|<down>|<change>)
    to <next>
    between (<n:range>|<s>)
    around <s>
    by VAL
    by its own numbers alone
    by itself
    on its own
    on your own past
    on offer
    on to <next>
    at VAL
    with only? VAL
    with a usual range of VAL
    with the usual VAL
    with <m>
    for <m>
    for the <m>
    for (your|its|this|the) <m>
    for this team
    usual for (you|us|the team|your team)
    for <next>
    over (these|the|those) (last|past)? <n:count>
    in (the|a|your|this)? (<m>|<s>|<span>|<good>|<bad>|<same>|<odd>)
    in <n:odds>
    in a sprint
    in (these|those) sprints
    in some measures
    in (the|these|those|its|your)? OF_SPRINTS
    (in|for)? (all|all_of|each_of|every_one_of|none_of) (the|these|those|its|your)? (last|past)? <n:count>
    (in|for)? (all|all_of|each_of|every_one_of|none_of) (the|these|those|its|your)? sprints (since|since_then|before)
    (in|for)? (every|each) sprint (since <s>|since_then|since the <change>|before <s>|before the <change>)
    <n:of> (sprints|measures|changes)
    <n:of>
    <n:tally>
    (all|all_of) (the|these|those)? <n:tally>
    all (the|your)? measures
    (all|each|both) (<up>|<down>|<flat>|<change>|<hedge>|since)
    (all|each) of (them|these)
    (all|each) (have|has|are|is|were|was|lie|began|started)
    both (numbers|values|counts|changes|measures|sprints)
    every measure
    none_of (the|these|those|your)? (measures|<n:tally>|<n:count>|<n:of>)
    (none|neither) of (them|these)
    no_measure
    no_measures
    nothing (<change>|<up>|<down>)
    (something|anything) <hedge>? <change>
    the_other <n:tally>
    other measures
    only VAL
    only (the|your)? (<n:tally>|<n:of>|<n:count>|<flat>|<m>)
    only a? (large|<change>)
    (take|takes|took|taking|need|needs|needed|spend|spends|spent|spending|took|completes|complete|see|sees) now? VAL
    (take|takes|took|taking|completes|see) (between|only) VAL
    (it|they) took before
    the VAL they took
    (came|come|comes|gone|go|goes|went) (to|up|down|from) only? VAL
    (came|come) to only? VAL
    (came|come|gone|went|got|get|become|became) (<up>|<down>)
    an average <m>
    (stay|stays|stayed|remain|remains|remained) (<flat>|<up>|<down>|at|<unseen>)
    (stay|stays|stayed|remain|remains|remained|lie|lies|lay|sit|sits|sat|fit|fits|fall) (still|well|both|all)? <place>
    fit (the|its|your) usual range of <n:range>
    (still|well|even|all|each) <place>
    stayed there
    (stand|stands|stood) at VAL
    there (is|are) no (<soft>|experiment|experiments)
    there (is|are|was|were) (a|only|<about>|<n:value>|<n:tally>|<flat>)
    there (has|have) <hedge>? been <moves>
    there <hedge> <moves>
    began to (<up>|<down>)
    (began|begin|start|started) (in|around|since|with) (<s>|<same>)
    behaved <flat>
    really <change>
    <sure> of
    we are (only)? <about>? <n:chance>
    whether (<m>|<moves>|the|a|<up>|<down>)
    as long as (the|it|<n:value>|they)
    (<n:times>|<ratio>) as (long|many|much|high)
    <n:range> as long
    the data fit
    the number of <m>
    the time an item spends in <m>
    an? item now? (spends|waits|takes) <about>? <n:value> (in|for)? <m>
    an? item (spent|waited|took) <about>? <n:value> (in|for)? <m>
    items (take|took|need|needed) <about>? <n:value>
    items have spent (<up>|<down>) in <m>
    of the items
    of the items in a sprint
    <m> itself
    the <up> hours are in <m>
    (usual|that|usually) range
    (the|its|your|that|this) range
    a usual range of
    the range this team is used_to for <m>
    what is usual for this team
    what you usually see
    you usually see
    you have <hedge>? been <moves>
    where <about>? VAL
    where (it|they) used_to (be|take)
    where you usually see
    (it|and it|<change>) shows in
    the <change> shows in
    the same sprint also marks the start of
    <same> also marks the start of
    anything from <n:range> is usual
    (look|looks) (like news|<up>|<down>)
    (<hedge>) look like news
    per (sprint|item)
    a sprint
    (yet|and|but) (both|it|<m>|the|is|they)
    (had|has) one <odd>
    <most> gone
    <up> frequent
    the last value of <m>
    is offered
    one <soft> is that
    first collect your own <soft>
    collect your own <soft> first
    stays covered
    find_out what to keep
    talk <about> what you would_like to keep
    that is a finding
    that is worth knowing when you plan
    you can plan with these ranges
    nobody_has_to_explain <s>
    what_changed is how_long work takes
    (more_exactly|more_precisely)
    read them as
    read the two as
    so_read the two as
    (not_as_two|as_many)? proofs
    does_not_say_which_came_first
    they were often
    even if
    a <change> of this size
    a large <change>
    would (still)? (lie|sit|be) <place>
    would have <unseen>
    (should|will) end with VAL
    (should|will) lie between <n:range>
    held in <n:of> sprints
    (the|your) second range
"""
CONSTRUCTIONS: Final = tuple(line.strip() for line in _CONSTRUCTIONS.splitlines() if line.strip())
#: What stands for more in a construction.
MACROS: Final = {"VAL": VAL, "OF_SPRINTS": _OF_SPRINTS}
#: Of these keys the catalogue's own sentences are constructions too.
CATALOGUE: Final = ("headline.", "summary.", "finding.", "ordinary.", "unseen.", "forecast.", "pairs.")
