<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" sourcelanguage="en">
<context>
    <name></name>
    <message>
        <source>Background + {0} of (SUVpeak − background)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Background {0}, SUVpeak {1}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cut off at twice the ball&apos;s radius: drag a larger ball.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fixed threshold {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Maximum</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mean</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Measured in the background …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Median</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Minimum</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No voxel centre lies in the shape on one of the images.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No voxel of the ball reaches the threshold: lower it, or move the ball.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Peak (1 ml)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Place a liver reference (3 cm in the right lobe), or one in the aorta where the liver cannot be used: the PERCIST threshold follows.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>SD</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>TLG, ml</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The contour holds voxels hotter than those of the ball: move the ball.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Threshold</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Volume of the shape {0} ml</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Volume of voxels, ml</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Voxels</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>blood pool</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>liver</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>measuring …</source>
        <extracomment>Units of PETs on screen; others are written as they are.</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} max {1}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} of the maximum</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} × mean + {1} × SD of the {2}: {0} × {3} + {1} × {4} {5}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>AlignmentController</name>
    <message>
        <source> and </source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fuse as they lie?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>PET and {0} state different frames of reference: nothing says that they fit. Fuse them as they lie only if you know that they do. Your word is written into every export, and undo takes it back.</source>
        <extracomment>Screen directions of the arrow keys: right and down. Widths of the docks before the panel asked for room. The studies as previewed before and after, so that a flicker draws nothing anew.</extracomment>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>AlignmentPanel</name>
    <message>
        <source>Align</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Align automatically</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Aligning…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Alignment</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Apply</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Back to how the images lay before</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Before ({0})</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close and change nothing (Escape)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Find the movement by mutual information, in the background</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hold it, or hold {0}: the images as they lay before</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Image that moves</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Leave the image there; one step that can be undone (Return)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reset</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Shift mm</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Shift towards {0}, mm</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The image that is moved; the PET keeps its place</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Turn about the axis to the {0}, °</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Turn °</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>arrows nudge, Shift finer, Alt+arrows turn</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>as it was read</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>back</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>by hand</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>found automatically</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>found automatically, then adjusted</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>head</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>left</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>mutual information {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>to PET</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} moved by {1} mm and turned by {2}°</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>AttenuationController</name>
    <message>
        <source>Attenuation map</source>
        <extracomment>Which comparison is wanted: the last one asked for. Made when there is first something to show in it. Effects by synthetic CT, with the real CT in the place that they are true for.</extracomment>
        <translation type="unfinished"></translation>
    </message>
</context>
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
        <source> (derived)</source>
        <translation type="unfinished"></translation>
    </message>
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
        <extracomment>Lesion, labels and image of the histogram that is shown or on its way.</extracomment>
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
    <name>DeskBar</name>
    <message>
        <source>Layout</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layout of the panes  (, and . step through them)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Panes</source>
        <extracomment>What `viewers.make.slab.SlabMode` calls the kinds, by action. Room for the longest title of the program&apos;s own layouts; longer ones lose their end. As high as the menus beside it, with the arrow at the side.</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show slabs: maximum, mean or minimum of a thick layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Slab</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>DisplayController</name>
    <message>
        <source>This PET is shown in {0}, and not in {1}.</source>
        <extracomment>Share of a pane&apos;s width that the keys move the line of the swipe by. Unit that the reader chose: studies that cannot have it are shown in their own.</extracomment>
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
        <source>CT window by name</source>
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
        <source>Save this window…</source>
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
    <name>DisplayRows</name>
    <message>
        <source>Colours of PET panes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Colours of the MIP</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Colours of the PET on fused panes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>From</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fused</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fused panes show no PET below this value</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How PET is laid over CT</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Least PET value on fused panes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>MIP</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mode</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Own</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>PET</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>PET range by tracer, or one you saved</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Range</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save this range…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unit of the PET</source>
        <extracomment>Size of a colour map&apos;s picture in lists. Whether a listed range is for the study&apos;s tracer, or the reader&apos;s own. Where a list ends with the wish to save what is set now. Panes that have a colour map of their own: in the order of the rows.</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>all</source>
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
        <extracomment>``to_header`` turns what is typed (MBq, cm, min) into the header&apos;s unit (Bq, m, s). Asked for even where the header has them: a wrong weight is as common as a missing one. What else may be missing, as a person calls it: nothing of it can be typed in.</extracomment>
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
    <name>HelpController</name>
    <message>
        <source>About Uptake</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Model cards</source>
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
    <name>KeysController</name>
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
        <source>Measurements or lesions were changed and not exported since.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open a study first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open outlines</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The lesions were changed and not exported since.</source>
        <extracomment>Warnings of a result that its banner lists.</extracomment>
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
        <source>{0} more stand in the provenance and in every export.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>LesionsPanel</name>
    <message>
        <source>Lesions</source>
        <extracomment>More of the window for the table where that shows recovered values without scrolling.</extracomment>
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
        <source>Ready</source>
        <extracomment>Longest wait for the workers; what hangs longer dies with the process.</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Usual places</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>MeasurementController</name>
    <message>
        <source>Choose a folder for the measurements</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Exported {0} files to {1}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Measurements or lesions were changed and not exported since.</source>
        <extracomment>Below this width the dock is a tab beside the lesions, above it stands below them. Share of the height that the dock takes below an empty lesions dock. Width at which no name is cut off, where the window has so much.</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Measuring tools</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>MeasurementsPanel</name>
    <message>
        <source> %</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> mm</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>% of maximum</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Background-adapted</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Diameter of the chosen sphere, and of one that is clicked</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fixed value</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Isocontour</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Kind of threshold of the isocontour</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Measurements</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Name</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing is measured yet. Choose a tool in the bar or in the Measure menu.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>PERCIST threshold  {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Size</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sphere ⌀</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Threshold of the isocontour</source>
        <extracomment>Columns with values of the PET. Usual, least and greatest value and step of each rule, in the unit of its box.</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Threshold of the isocontour: a share of the maximum, a fixed value in the PET&apos;s unit, or background + a share of (SUVpeak − background)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Values of the chosen measurement</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0}
max</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0}
mean</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>MovieDialog</name>
    <message>
        <source> pictures a second</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>AV1 video, for browsers, players and slides.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Animated GIF</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Animated WebP</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Every picture without loss, in a folder of its own.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Folder of PNG pictures</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>For web pages: all colours, small files.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Format</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Height of the movie</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>MP4 video</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pictures a second</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Runs everywhere; 256 colours, larger files.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Size</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Speed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What the movie is written as</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} px high</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>PanesController</name>
    <message>
        <source>Cine rate</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cine: {0} pictures per second</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layout to remove:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layout {0} removed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layout {0} saved</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Name of the layout:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pictures per second:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Remove</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Remove layout</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Replace</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save layout</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Single slices</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Slab thickness</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Slab: {0} of {1} mm</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is a layout {0} already.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Thickness in mm:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0}, mine</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>PhaseController</name>
    <message>
        <source>Another time frame or gate</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reading another time frame or gate</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show another one and take the outlines away?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show it without outlines</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The outlines belong to the time frame or gate on which they were found.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>PhaseRow</name>
    <message>
        <source>Mean</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the mean of all, weighted by their durations  (Ctrl+Alt+M)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Time frame or gate after  (&gt;)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Time frame or gate before  (&lt;)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Which time frame or gate is shown</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0}: mean of all</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0}: time frame or gate</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>PictureController</name>
    <message>
        <source>Copied the panes without patient text.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Folder of pictures (*)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>PNG (*.png)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save movie</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save picture</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Saved {0}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Saving the movie</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Saving the picture</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Scroll: {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is nothing to film yet: the MIP is being prepared.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Turning 3D view</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Turning MIP</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>PictureDialog</name>
    <message>
        <source>All panes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Overlays are drawn as they are shown now. A derived image stays marked.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pixels of the picture against the screen</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Size</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0}× the screen</source>
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
    <name>ReadingDesk</name>
    <message>
        <source>Reading desk</source>
        <extracomment>A wheel&apos;s notch, in Qt&apos;s eighths of a degree. Where the mouse rests; ``None`` while it is elsewhere.</extracomment>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RecentStudies</name>
    <message>
        <source>It was moved, renamed or is on a drive that is away: open its new place.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The folder {0} is no longer there.</source>
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
    <name>Saving</name>
    <message>
        <source>Name</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Remove</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Remove saved windows</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save CT window</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save PET range</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save one in the Display panel.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You have not saved any window or range.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ScreenController</name>
    <message>
        <source>Reading a picture</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ScreenDialog</name>
    <message>
        <source>A picture of a screen: nothing can be measured on it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Picture after</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Picture before</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pictures of screens</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Series without a description</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} of {1}</source>
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
        <source>Drag it to a pane, or press Enter to show it in the active pane.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Series without a description</source>
        <extracomment>Chip colours by modality: quiet, but told apart at a glance.</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Series {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show in the active pane</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Shown in the panes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Shown in {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>in {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} images</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SeveralStudies</name>
    <message>
        <source>Check the name of every pane before you compare.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose in the Studies panel which study to compare with.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Linked by patient position: both state one frame of reference.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Linked by the table offset ({0}, {1}, {2} mm): the tops of both scans stand at one height. Use Link here where they differ.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Linked where you set it: offset {0}, {1}, {2} mm.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No pane is active: click a pane first, then choose the series.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop comparing</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The compared studies are not linked.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The headers do not say that these are one patient: {0} and {1}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The study of this series is no longer open.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Two patients are shown together: {0}, and {1} in the panes with the band.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not stated</source>
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
        <extracomment>From a size that is read with ease to the smallest: letters of 12 px at 96 dpi. What does not fit at that goes on further pages. Keys that turn the page where there are several, and by how many pages.</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Any other key or click closes this</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Arrow keys or the wheel turn the page</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keyboard shortcuts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Page {0} of {1}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SourceLine</name>
    <message>
        <source>DERIVED  Values are of “{0}”, not of the original PET.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Measure on the original PET</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Original</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the values of the original PET again</source>
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
        <source>Compared with: {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No study is open.</source>
        <extracomment>Which panes show a series: by `study_key` and series UID.</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Opened lately</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Other patient</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Patient not confirmed</source>
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
        <source>date unknown</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} files were not taken…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} studies are open</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>StudyCard</name>
    <message>
        <source>Active</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close this study</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Compare</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Compare with {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Date unknown</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Make it the study that tools and search work on</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Patient not stated</source>
        <extracomment>So many chips have room beside the buttons.</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Read</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Read {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show it below the active study, or take it away</source>
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
        <source>Needed, and not to be typed in: {0}. Open the series as it came from the scanner.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No SUV with the values you typed in.</source>
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
        <source>SUV computed with the values you typed in.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show all…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Study opened</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Where the numbers come from</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SurfaceController</name>
    <message>
        <source>Preparing the 3D view</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Surfaces of the lesions</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ToolHand</name>
    <message>
        <source>nothing reaches the threshold</source>
        <extracomment>A press so near to a line takes hold of it. A hand moves so far before it draws rather than clicks.</extracomment>
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
        <extracomment>Totals that rest on the SUV.</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This number rests on the SUV.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Total TLG</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Why this number is in doubt</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} cm</source>
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
    <name>_AskDialog</name>
    <message>
        <source>Name, id, dates and series descriptions; otherwise none of them is written</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What</source>
        <extracomment>Heights of movies, in px. Pictures a second. Width that explaining sentences are broken to, in px.</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What the picture shows</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>With patient text</source>
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
        <source>Align CT or MR to PET…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Angle</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Attenuation map (511 keV)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Back to candidate</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Back to orthogonal</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Blood pool reference</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Bone</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Bone  {0:.0f} / {1:.0f}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Box</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Brain</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Brain  {0:.0f} / {1:.0f}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>CT window</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>CT window Bone: width {0:.0f}, level {1:.0f} HU</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>CT window Brain: width {0:.0f}, level {1:.0f} HU</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>CT window Liver: width {0:.0f}, level {1:.0f} HU</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>CT window Lung: width {0:.0f}, level {1:.0f} HU</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>CT window Soft tissue: width {0:.0f}, level {1:.0f} HU</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Charts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose a window or range that you saved and do not need any more</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose content and plane of the active pane</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cine</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Clear recent studies</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Click into the aorta: a 1 cm sphere, for PERCIST where the liver cannot be used</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Click into the right lobe of the liver: a 3 cm sphere, and the PERCIST threshold from it</source>
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
        <source>Colours</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Compare with another study</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy picture</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy the panes as they are shown to the clipboard, without the patient&apos;s name</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Crosshair</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete measurement</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete the chosen measurements; undo brings them back</source>
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
        <source>Display</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Do the change that was taken back again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Drag a ball over an uptake: what is as hot as the threshold grows from its hottest voxel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Drag a box from corner to corner; handles in the other planes set its depth</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Drag a sphere from its middle to its rim, or click for the usual diameter</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Drag an ellipsoid from corner to corner; handles in the other planes set its depth</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Drag from end to end of a distance</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Drag the first arm towards the apex, then click the end of the second</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Edit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ellipsoid</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Enlarge the active pane</source>
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
        <source>Export measurements…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Faster</source>
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
        <source>Fit all panes again: zoom and pan go back</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Flicker between the original and the image that was derived from it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Forget a layout that you saved</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Forget which folders were opened</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Full screen</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fuse as They Lie…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fusion</source>
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
        <source>Go back to the pane before</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Go on to the next pane</source>
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
        <source>Isocontour</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep the present CT window under a name, for all studies to come</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep the present PET range under a name, for all studies to come</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep the present arrangement of panes under a name of your own</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keyboard shortcuts…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lay PET over CT by opacity, by opacity that rises, as a checkerboard, or up to a line</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lay a CT or an MR of another frame of reference over the PET without moving it, on your word; undoable</source>
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
        <source>Layout</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Let the MIP turn by itself</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Let the active pane fill the desk, or show all panes again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Let the comparison follow crosshair, zoom and pan of the active study</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Let the network look for lesions; it runs in the background and can be cancelled</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Link here</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Link the compared studies</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Link the two crosshairs at their present positions; unlink first to move them apart</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Liver</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Liver  {0:.0f} / {1:.0f}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Liver reference</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Look at the secondary captures that came with the study</source>
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
        <source>Lung  {0:.0f} / {1:.0f}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Make slabs thicker</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Make slabs thinner</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Make the comparison the active study, and the active one the comparison</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Make the map of attenuation coefficients of the CT, or of the synthetic CT that is compared</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Make the next open study the active one</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Make the open study before the active one</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Maps</source>
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
        <source>Maximise pane</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Maximum (MIP)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mean</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mean of time frames or gates</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Measure</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Measure on the denoised PET</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Measurements</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Menu bar</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Minimum (MinIP)</source>
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
        <source>Move the CT or the MR onto the PET: by the program, by hand, or both; undoable</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Move the crosshair; take hold of a measurement to move it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Move the line between CT and PET to the left</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Move the line between CT and PET to the right</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Next PET colours</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Next PET unit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Next fused colours</source>
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
        <source>Next open study</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Next pane</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Next part of the window</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Next time frame or gate</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Next way of fusion</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Oblique planes</source>
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
        <source>Open outlines…</source>
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
        <source>Own window for this pane</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>PET range</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>PET unit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Panes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pictures of screens…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Place a 1 cm sphere</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Place a 3 cm sphere</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Play fewer pictures per second</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Play more pictures per second</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Play slices</source>
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
        <source>Previous open study</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Previous pane</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Previous part of the window</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Previous time frame or gate</source>
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
        <source>Rate…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Read how the main job is done</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Read outlines onto the PET from a DICOM SEG, an RTSTRUCT or a NIfTI labelmap</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Recent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Recent studies</source>
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
        <source>Remove layout…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Remove saved windows…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rename measurement</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reset view</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ruler</source>
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
        <source>Save CT window…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save PET range…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save layout as…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save movie…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save picture…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Saved CT windows</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Say why the SUV of this study is in doubt, sentence by sentence</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Scroll through the slices of the active pane, again and again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Several studies</source>
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
        <source>Show handles on the crosshair; dragging one turns the other two planes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show how unsure the network is of each voxel of the derived image (standard deviation)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show more around in the active pane</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the PET over the CT in the next colour map</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the PET panes and the MIP in the next colour map</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the active study above and its prior study below; once more goes back</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the axial, coronal and sagittal planes of the patient again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the greatest value of a slab in each slice pane, or single slices again</source>
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
        <source>Show the least value of a slab in each slice pane, or single slices again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the mean of a slab in each slice pane, or single slices again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the mean of all time frames or gates, weighted by their durations</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the table of measurements with their values</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the time frame or gate after, round the ends</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the time frame or gate before, round the ends</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Slab</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Slower</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Soft tissue</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Soft tissue  {0:.0f} / {1:.0f}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sort the lesions by uncertainty, the least certain on top</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sphere</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sphere 1 cm</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sphere 3 cm</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Swap the compared studies</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Swipe to the left</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Swipe to the right</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Take back what was dragged to panes</source>
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
        <source>Take the lesions&apos; values from the denoised PET; the table and every export say so</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Thicker</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Thickness…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Thinner</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Time frames and gates</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tools</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Turn anticlockwise</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Turn by hand</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Turn clockwise</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Turn the MIP</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Turn the other planes by 5° about the active pane&apos;s crosshair</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Type another name for the chosen measurement</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Type in weight and dose…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Type the pictures per second</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Type the thickness of slabs in mm</source>
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
        <source>Unlink the windows of the active pane from those of the others, or link them again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>User guide</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Usual series in all panes</source>
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
        <source>What the numbers rest on…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What the pane shows…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Where the numbers come from…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Windows of panes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Write tables, outlines and the uncertainty map to a folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Write the PET&apos;s numbers in SUVbw, SUL, SUVbsa or Bq/ml; the picture stays the same</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Write the derived image as NIfTI and DICOM, marked as derived, to a folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Write the measurements as CSV, JSON and DICOM SR (TID 1500) to a folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Write the panes, or one of them, as a PNG, with or without the patient&apos;s name</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Write the turning MIP, the turning 3D view or a scroll through slices as a movie</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Zoom in</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Zoom out</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} (comparison)</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>alignment</name>
    <message>
        <source>All images of this study lie in the PET&apos;s frame of reference.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Alt + left, right</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Apply, cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Arrows</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Made by</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Move the image in the active pane by {0} mm; with Shift by {1} mm</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Return, Escape</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Shift along L, P, S, mm</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show how the images lay before</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This needs a study with a PET and a CT or an MR.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Turn it in the active pane by {0}°; with Shift by {1}°</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Turns about L, P, S, degrees</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0}, held</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0}: {1}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>attenuation</name>
    <message>
        <source>Attenuation factors: {0} % mean absolute difference (mean {1})</source>
        <extracomment>An effect, and what is to be said of the real CT&apos;s tube voltage.</extracomment>
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
        <source>This study has no CT. Open one with it, or make a CT from an MR first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0}; inside the CT&apos;s body {1} %</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>closing</name>
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
        <source>Unsaved judgements</source>
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
        <source>In doubt:</source>
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
        <source>MTV is the outline&apos;s own and cannot move: this is the volume at 41 % of SUVmax, thresholded on each image by itself.</source>
        <extracomment>Columns of what a derived PET changes: key -&gt; the value that it changes. Columns that are there only while there is something in them. Order follows what is looked at first; widths in px hold three figures and an interval. Columns of values that are SUVs, or made of them.</extracomment>
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
        <source>Δ MTV
41 %</source>
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
        <source>No denoised PET is being compared. Make one in the Models menu.</source>
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
        <source>The lesions are not measured on it yet.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There are no lesions yet. Find lesions first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This image was made without samples of the network&apos;s answer.</source>
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
        <source>Alignment</source>
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
        <extracomment>Of a cell; a header may hold pages.</extracomment>
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
        <source>This model package cannot be used.</source>
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
        <source>Values were measured on</source>
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
    <message>
        <source>which was made by</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} was computed by</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>display</name>
    <message>
        <source>CT alone and with the PET in turn, square by square</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>CT alone to the left of a line, with the PET to its right; drag the line</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Checkerboard</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Faint uptake lets the CT through, strong uptake covers it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Opacity</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rising with uptake</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Saved by you</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Swipe</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The PET has one weight everywhere</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>docks</name>
    <message>
        <source>Charts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Display</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lesions</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Measurements</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Studies</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>doubts</name>
    <message>
        <source>There is no SUV</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>They are of the study of {0}: make it the active one to type in values.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What these numbers rest on</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>unknown date</source>
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
        <source>The folder {0} already holds results: {1}. Replace them?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} and {1} more</source>
        <extracomment>So many names are listed in the question, the rest is counted.</extracomment>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>fitting</name>
    <message>
        <source>A fused pane takes a PET or a CT, and this series is {0}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A pane for derived images shows only the derived image and its original.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>CT</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>MIP</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>MR</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Only images of one study are fused; this series belongs to another study.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>PET</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>PET and CT have different frames of reference or do not overlap: not fused.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The 3D pane shows the active study only.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The pane is no longer there.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The study has no {0} to fuse this series with.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This series is {0}: it does not fit a {1} pane. Drop it on another pane.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>a CT</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>a PET</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>an MR</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>another kind of image</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>fused</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gestures</name>
    <message>
        <source>CT window of a fused pane</source>
        <translation type="unfinished"></translation>
    </message>
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
        <source>Drag a handle</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Drag the line</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Draw; drag a line or a handle to change it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Enter</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>First and last slice; MIP to the front</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hide overlays for as long as it is held</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Home, End</source>
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
        <source>Left button, with a tool</source>
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
        <source>Right click</source>
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
        <source>Shift + right drag</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Space, held</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Swipe between CT and PET</source>
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
        <source>Turn the planes, in turning mode</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Up, Down</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What the pane shows, and how</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Wheel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>While an image is aligned</source>
        <extracomment>Steps of a key: coarse, and fine with shift. Held, it shows the images as they were.</extracomment>
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
    <message>
        <source>Rescale Slope</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Time of the injection</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Time of the scan</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unit of the values</source>
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
        <source>3D and MIP</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>CT only</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Compare studies</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fused and MIP</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fused triplet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>MR, PET, CT and MIP</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Original and derived</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>PET only</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Single</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>lesions</name>
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
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>measurements</name>
    <message>
        <source>Background + {0} of (SUVpeak − background)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Background {0}, SUVpeak {1}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cut off at twice the ball&apos;s radius: drag a larger ball.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fixed threshold {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Maximum</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mean</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Measured in the background …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Median</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Minimum</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No voxel centre lies in the shape on one of the images.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No voxel of the ball reaches the threshold: lower it, or move the ball.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Peak (1 ml)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Place a liver reference (3 cm in the right lobe), or one in the aorta where the liver cannot be used: the PERCIST threshold follows.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>SD</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>TLG, ml</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The contour holds voxels hotter than those of the ball: move the ball.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Threshold</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Volume of the shape {0} ml</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Volume of voxels, ml</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Voxels</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>blood pool</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>liver</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>measuring …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} max {1}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} of the maximum</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} × mean + {1} × SD of the {2}: {0} × {3} + {1} × {4} {5}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>palettes</name>
    <message>
        <source>Grey</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hot iron</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hot metal blue</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Inverse grey</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>PET</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>PET 20 step</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Viridis</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>pane_menu</name>
    <message>
        <source>3D view</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Axial</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>CT</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Coronal</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Derived image</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Difference map</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fused PET on CT</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>MR</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Original</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>PET</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sagittal</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Turning MIP</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>panes</name>
    <message>
        <source>1 note</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>3D</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A body is made from CT or PET; this study has neither.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A fused picture needs PET and CT; the CT is missing.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A fused picture needs PET and CT; the PET is missing.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose one in the Studies panel; its pictures then stand here.</source>
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
        <source>Making the surfaces of body and lesions …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No 3D view</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No CT</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No MR</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No PET</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No SUV</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No comparison study</source>
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
        <source>Nothing to show in 3D</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Only the active study is shown in 3D.</source>
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
        <source>SUV in doubt</source>
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
        <source>This study has no T1-weighted MR.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This study has no attenuation-corrected PET.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Values in doubt</source>
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
    <message>
        <source>{0} notes</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>pictures</name>
    <message>
        <source>Preparing the turning MIP</source>
        <extracomment>Most thumbnails that are kept; each takes six kilobytes. Ends of a job that brings nothing.</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Preparing thumbnails</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save movie</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save picture</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save…</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>plots</name>
    <message>
        <source>(120 kV assumed)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Attenuation factors</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>By how much the attenuation correction of a PET would be wrong with the synthetic CT in the place of the real one, over the lines through each slice. Line: mean; band: 5th to 95th percentile; upright: the slice in view.</source>
        <translation type="unfinished"></translation>
    </message>
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
        <source>Slices in mm; band: 90 % of lines. +10 %: PET there 10 % too high.</source>
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
    <name>probe</name>
    <message>
        <source>derived {0}</source>
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
    <name>tracers</name>
    <message>
        <source>0-10: usual display range</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>0-10: usual display range; liver is near 5, kidneys and salivary glands saturate</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>0-15: usual display range; healthy vertebrae are near 6</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>0-15: usual display range; liver is near 6 to 8, the spleen saturates</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>0-2.5: usual display range</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>0-2.5: usual display range; cortex is read against white matter</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>0-3: usual display range</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>0-4: the range of 3D Slicer&apos;s PET reader</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>0-4: usual display range; tumours are read against the brain of the other side</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>0-5: usual display range</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>0-6: usual display range; the liver saturates</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>0-7: usual display range of FDG readers (3D Slicer&apos;s PET reader opens at 0-6)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>0-7: usual display range; read against marrow and blood pool</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Amyloid</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choline</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>DOTATATE, DOTATOC</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>FAPI</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>FDG</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>FDOPA</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>FES</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>FET</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>FLT</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>FMISO</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fluciclovine</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Methionine</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>NaF</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>PSMA</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tau</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>window</name>
    <message>
        <source>Networks run on {0}</source>
        <extracomment>Time for the first painting before the device thread starts to import. Longest wait of a snapshot for thumbnails and MIP frames.</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Preparing the networks</source>
        <translation type="unfinished"></translation>
    </message>
</context>
</TS>
