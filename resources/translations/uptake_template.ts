<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" sourcelanguage="en">
<context>
    <name>Banner</name>
    <message>
        <source>Dismiss</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Put this message away</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ChartsController</name>
    <message>
        <source>Charts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose a lesion (N) to see how sure its score is.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose a lesion (N) to see its uptake.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No lesion has a volume.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No network scored this lesion.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One score ({0}): this search drew no samples of it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open a study and find lesions (F): uptake, scores and volumes are drawn here.</source>
        <extracomment>Lesion and labels of the histogram that is shown or on its way.</extracomment>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>DerivedController</name>
    <message>
        <source>Choose a folder for {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Comparing with the original</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Exported {0} files to {1}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Exporting {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It runs already; the bar below shows how far it is.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open a study first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Side by side</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>T1-weighted MR</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The model needs SUV. See the note above the images.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This image was made without samples of the network&apos;s answer.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This study has no {0}, which the model needs.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>attenuation-corrected PET</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} flickers between it and the original.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} is ready.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>DisplayPanel</name>
    <message>
        <source>CT</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>CT window</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>CT window level</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>CT window width</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Derived image</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fusion</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How strongly PET covers CT on fused panes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lower PET bound</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Own</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>SUV</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Take the derived image away</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Take this derived image away; it can be made again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Upper PET bound</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>W / L</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>HeaderForm</name>
    <message>
        <source>Also missing, and not to be typed in here: {0}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Compute SUV</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The headers give the SUV.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Values for the SUV</source>
        <extracomment>``to_header`` turns what is typed (MBq, cm, min) into the header&apos;s unit (Bq, m, s). Asked for even where the header has them: a wrong weight is as common as a missing one.</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What you type is used for this session, written into every export as typed in, and does not change the files.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>missing in the header</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} lies between {1} and {2}.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>JobBar</name>
    <message>
        <source> (and {0} more)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancelling…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop “{0}”</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} · waiting for its turn</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0}: cancelled</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0}: did not work</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0}: done</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>LesionController</name>
    <message>
        <source>A network looks through PET and CT for lesions, outlines them and measures each. It runs in the background on this computer.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose a folder for the results</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Find lesions</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open a study first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Redo</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The search needs SUV. See the note above the images.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The search runs in the background; read on meanwhile.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no attenuation-corrected PET in this study.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Undo</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>LesionsPanel</name>
    <message>
        <source>Lesions</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Research use only</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show what moved the score of the chosen lesion</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The model found no lesion in this study. This does not mean there is none.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What it loses where a part is hidden: slow</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Which regions raised it: coarse and quick</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Which voxels raised it: fine</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Why this score?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Why?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>recovered: blur {0} mm</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} samples; small numbers: 90 % interval</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>About Uptake</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Charts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Display</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export them first, or go on and lose the changes?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Go on without export</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layout</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lesions</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Model cards</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ready</source>
        <extracomment>Below this width two columns of docks leave too little for the images. Longest wait for each kind of worker; what hangs longer dies with the process. Usual widths: the studies dock, and the lesions dock while there is no result. More of the window for the lesions dock where that shows recovered values without scrolling.</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Studies</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Study opened</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The lesions were changed and not exported since.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unsaved judgements</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Usual places</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ProblemTeller</name>
    <message>
        <source>Crash report</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the report…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your work is kept. A report without patient data was written to {0}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your work is kept. The report could not be written to the log folder.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RecoveryController</name>
    <message>
        <source>It runs already; the bar below shows how far it is.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The outlines changed and are not measured anew yet.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There are no lesions yet. Find lesions first.</source>
        <extracomment>What the reader asked for last: a scanner&apos;s blur does not change from study to study.</extracomment>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RecoveryForm</name>
    <message>
        <source> mm</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Blur of the scanner (FWHM)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Estimates SUVmean and SUVmax as if the scanner did not blur (iterative Yang). They stand beside the measured values, never in their place.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Full width at half maximum of a point, {0} to {1} mm</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Recover</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Recover partial volume</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The recovered SUVmax rises with noise. Lesions smaller than the blur have no recovered values. Usual clinical scanners blur by 5 to 7 mm.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SaliencyController</name>
    <message>
        <source>Saliency, {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The saliency map was made for an earlier outline and is not shown. Ask again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Why {0}: {1} of the score {2}. {3} shows or hides the map.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Why {0}? {1}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SceneWidget</name>
    <message>
        <source>Reading desk</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SeriesRow</name>
    <message>
        <source>1 image</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Series without a description</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Shown in the panes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} images</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ShortcutEditor</name>
    <message>
        <source>Action</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Actions and their keys</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All usual keys</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Give every action its usual keys back</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Give this action its usual keys back</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Key</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keyboard shortcuts</source>
        <extracomment>Keys an action can be given here; a third one from a table or a file is kept.</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keys</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Leave it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Move the key</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Press the new key; the cross takes the key away</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Search by action or key</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Second key</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Usual keys</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Usually {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What mouse and focus keys do cannot be changed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no key</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} belongs to {1}. Move it to “{2}”?</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ShortcutOverlay</name>
    <message>
        <source>All keyboard shortcuts</source>
        <extracomment>From a size that is read with ease to the smallest that is read at all.</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keyboard shortcuts</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>StudiesPanel</name>
    <message>
        <source>Also in the folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No study is open.</source>
        <extracomment>Chip colours by modality: quiet, but told apart at a glance.</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Patient without a name</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Type in weight and dose…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Where the numbers come from…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>born {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} files were not taken…</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>StudyController</name>
    <message>
        <source>And {0} more.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Missing: {0}. Type it in to see SUV.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open DICOM or NIfTI files</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open a study&apos;s folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Preparing the turning MIP</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>SUV computed with the values you typed in.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show all…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Where the numbers come from</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>derived {0}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>TotalsPanel</name>
    <message>
        <source>Dmax</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Greatest SUV over lesions that count</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Largest distance between lesion centroids</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lesions</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lesions that count: candidates and accepted</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>SUVmax</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sum of MTV over lesions that count, ml</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sum of TLG over lesions that count</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>TMTV</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Total TLG</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} cm</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>UserDesk</name>
    <message>
        <source>Any key or click closes this</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keyboard shortcuts…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Look through them and give the keys anew.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} of your keyboard shortcuts could not be understood.</source>
        <extracomment>Rises when docks are renamed or moved for good: what was stored before is then not restored.</extracomment>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>WelcomePage</name>
    <message>
        <source>Drop a folder here, or choose one. It is searched deep;
PET and CT are found and paired for you.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open a PET/CT study</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Research use only. Not for diagnosis.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>actions</name>
    <message>
        <source>About Uptake</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Accept lesion</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Accept the chosen lesions; they count in the totals</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Back to candidate</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Bone</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Brain</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>CT window</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>CT window {0}: width {1:.0f}, level {2:.0f} HU</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Charts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close study</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close the open study</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close the window and stop what still runs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Derived image</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Deviation map</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Difference map</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Do the change that was taken back again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Edit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Estimate SUVmean and SUVmax without the scanner&apos;s blur, beside the measured values</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Every header value behind the SUV, the rule, the model and its weights</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export derived image…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>File</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fill the whole screen</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Find lesions</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Flicker between the original and the image that was derived from it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Full screen</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Give any action other keys; they are kept for you</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Give the keyboard to the charts; they are shown if they are hidden</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Give the keyboard to the display settings; they are shown if they are hidden</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Give the keyboard to the lesions; they are shown if they are hidden</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Give the keyboard to the menus above the images</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Give the keyboard to the next part</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Give the keyboard to the panes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Give the keyboard to the part before</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Give the keyboard to the studies; they are shown if they are hidden</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Give the values for the SUV that the headers lack or state wrongly</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Go to</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Go to the charts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Go to the display settings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Go to the images</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Go to the lesion before</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Go to the lesions</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Go to the next lesion of the table</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Go to the studies</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Help</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hide outlines and maps; holding the space bar hides them for as long</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hide overlays</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Histogram of the chosen lesion, its score, and the volumes of all lesions</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keyboard shortcuts…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lay the map of what moved a lesion&apos;s score over panes and MIP</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lay the model&apos;s voxel-wise uncertainty over the panes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Let the network look for lesions; it runs in the background and can be cancelled</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Liver</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Look at these first</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lower the upper end of the PET range: fainter uptake grows darker</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lower upper PET bound</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lung</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mark as physiological</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mark the chosen lesions as physiological uptake; they leave the totals</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Menu bar</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Model cards…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Models</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Next layout</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Next lesion</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Next part of the window</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open a folder of DICOM or NIfTI files; it is searched deep</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open files…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open folder…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open single DICOM or NIfTI files</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open the sample study: a simulated whole-body FDG PET/CT with ten known lesions</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Previous layout</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Previous lesion</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Previous part of the window</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Quit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Raise the upper end of the PET range: only strong uptake stays dark</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Raise upper PET bound</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Read how the main job is done</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Recover partial volume…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Redo</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reject lesion</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reject the chosen lesions; they leave the totals</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Saliency map</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sample study</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sheet of shortcuts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show derived minus original in the place of the image</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show every shortcut</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show how unsure the network is of each voxel of the derived image (standard deviation)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the layout after</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the layout before</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Soft tissue</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sort the lesions by uncertainty, the least certain on top</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Take the judgement back; it counts again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Take the last change back</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tools</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Type in weight and dose…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Uncertainty map</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Undo</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>User guide</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Version, licence, intended use</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>View</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What the networks are, were trained on, and how good they are</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Where the numbers come from…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Write tables, outlines and the uncertainty map to a folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Write the derived image as NIfTI and DICOM, marked as derived, to a folder</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>columns</name>
    <message>
        <source>90 % interval {0} to {1}, {2} samples</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>90 % interval {0} {1}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Blur of the scanner {0} mm</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Change of {0} by “{1}”, in %</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Colour of the outline</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Distance from the training set {0} (1 is its rim)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>IBSI global intensity peak 0F91: largest 1 ml sphere mean over all lesion voxels</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>IBSI local intensity peak VJGA: mean of image voxels whose centres lie within 6.2035 mm of the hottest lesion voxel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lesion</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>MTV
ml</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>MTV x SUVmean</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mean voxel entropy over the lesion, 0 to 1 bit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Model&apos;s probability that this is a lesion, not physiological</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Name of the lesion</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>SUV
max</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>SUV
mean</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>SUV
peak</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Score</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Score {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stale: the outline changed after this was computed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Status</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>TLG</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Uncer-
tainty</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unlike what the score network was trained on: do not rely on its score.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What the reader, or before the reader the model, says</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>first quartile of SUV over lesion voxels</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>greatest SUV over lesion voxels after partial-volume recovery by iterative Yang (Erlandsson 2012), as for the recovered SUVmean; it rises with noise</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>greatest SUV over lesion voxels, PET native grid</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>least SUV over lesion voxels, PET native grid</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>max
recov.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>mean
recov.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>mean SUV over lesion voxels after partial-volume recovery by iterative Yang (Erlandsson 2012) with the stated blur of the scanner and a background that varies; not defined for lesions smaller than the blur; beside SUVmean, never in its place</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>mean SUV over lesion voxels, PET native grid</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>median SUV over lesion voxels, PET native grid</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>number of lesion voxels x voxel volume, PET native grid</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>standard deviation (N) of SUV over lesion voxels</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>third quartile of SUV over lesion voxels</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>volume of lesion voxels at or above 41 % of the lesion&apos;s SUVmax, PET native grid; it moves with the image where MTV is the outline&apos;s own</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0}: original {1}, “{2}” {3}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Δ SUV
max</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Δ SUV
mean</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Δ SUV
peak</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>derived</name>
    <message>
        <source>Denoise PET</source>
        <extracomment>Tasks that make an image of a study. Ways to look at a derived image that take one place, of which one is on at most.</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mean absolute error against the CT: {0} HU in the body ({1})</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Super-resolve PET</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Synthetic CT from MR</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>air</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>bone</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>fat</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>soft tissue</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>dialogs</name>
    <message>
        <source>A PET/CT reading desk in which deep learning works beside the reader.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Blur for recovered values, mm</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Chosen images</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Device</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Factors per slice</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Files that were not taken</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Id</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Inputs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Licence</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Licence: Apache-2.0. Made with Qt for Python, VTK, PyTorch, pydicom,</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Limits</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Measured quality</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Models</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Monte Carlo samples</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No SUV</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No model package is installed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Outputs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Probability threshold</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Research use only. Not for diagnosis.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>SHA-256</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>SUV per unit of the stored value</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Seed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Task</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The user guide is not part of this installation.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tracers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Training</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>User guide</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Voxel size</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Where the numbers come from</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>missing</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>export</name>
    <message>
        <source>Replace results?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The folder {0} already holds results. Replace them?</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gestures</name>
    <message>
        <source>CT window or PET range</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ctrl + wheel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Double-click</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Enter</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hide overlays for as long as it is held</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keys of the images and lists</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Left button</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Left, Right</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Maximise a pane, and back</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Maximise the chosen pane, and back</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Middle drag</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mouse</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Move the crosshair (MIP: hottest voxel)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Next pane or control; the one before</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pan</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>PgUp, PgDown</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Right drag</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Scroll the pane by ten slices</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Scroll the pane; step through the table</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Scroll through slices; turn the MIP</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Space, held</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tab, Shift+Tab</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Turn the MIP</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Up, Down</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Wheel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Zoom</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>headers</name>
    <message>
        <source>Half-life</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Injected dose</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Patient&apos;s height</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Patient&apos;s weight</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>keymap</name>
    <message>
        <source>This key cannot be used.</source>
        <extracomment>Keys of one action in Qt&apos;s portable writing, such as ``Ctrl+O``; the first is said first. They move the focus, the slices and the table, press buttons and close dialogs. Keys in the settings that could not be understood.</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} moves through panes, lists and dialogs and cannot be given away.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>layouts</name>
    <message>
        <source>3 x 3 and MIP</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fused and MIP</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Original and derived</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Single</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>panes</name>
    <message>
        <source>A fused picture needs PET and CT; the CT is missing.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A fused picture needs PET and CT; the PET is missing.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose what to make in the Models menu.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Comparing the derived image with the original …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Deviation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Diff.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Difference</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fused</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No CT</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No PET</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No derived image</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No deviation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No difference</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No study is open</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not fused</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not shown</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open a folder with PET and CT, drop one here, or open the sample study.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Orig. {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Original {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>PET and CT do not overlap in space: not fused.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>PET and CT have different frames of reference: not fused.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Projecting the PET from all sides …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>SD</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The derived image has another frame of reference than the study.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This image was made without samples of the network&apos;s answer.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This study has no CT that belongs to the PET.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This study has no CT to compare with.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This study has no PET to compare with.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This study has no attenuation-corrected PET.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>axial</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>coronal</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>sagittal</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>plots</name>
    <message>
        <source>MTV by lesion</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>SUV</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Score</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Score of {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>ml, logarithmic; bars: 90 % interval</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>ml; bars: 90 % interval</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>samples</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>score</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>score; dashed: threshold</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>surroundings ({0} cm)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>voxels, %</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} of {1} and its {2}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>saliency</name>
    <message>
        <source>Grad-CAM</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Integrated gradients</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Occlusion</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>settings</name>
    <message>
        <source>Check that you may read and write {0}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The damaged file was kept as {0}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>They last until the program is closed. Check {0}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your settings could not be read; the usual ones are used, and changes last until the program is closed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your settings could not be saved: {0}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your settings file is damaged; the usual settings are used.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>status</name>
    <message>
        <source>Accepted</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Candidate</source>
        <extracomment>Columns of what a derived PET changes: key -&gt; the value that it changes. Columns that are there only while there is something in them. Order follows what is looked at first; widths in px hold three figures and an interval.</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Physiolog.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rejected</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>text</name>
    <message>
        <source>a few seconds left</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>about {0} min left</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>about {0} s left</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>window</name>
    <message>
        <source>Networks run on {0}</source>
        <extracomment>Time for the first painting before the device thread starts to import.</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Preparing the networks</source>
        <translation type="unfinished"></translation>
    </message>
</context>
</TS>
